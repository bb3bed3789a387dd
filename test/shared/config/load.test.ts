import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { configKeys, describeConfig, loadConfig } from '../../../shared/config/load.js';

describe('loadConfig', () => {
  it('takes defaults, then the file, then the environment', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tactus-config-'));
    const file = join(folder, 'tactus.yaml');
    writeFileSync(file, 'kafka:\n  brokers: file:1\n  topicPrefix: file.\n');
    const config = loadConfig({ TACTUS_CONFIG_FILE: file, TOPIC_PREFIX: 'env.' });
    rmSync(folder, { recursive: true });
    assert.equal(config.kafka.brokers, 'file:1');
    assert.equal(config.kafka.topicPrefix, 'env.');
    assert.equal(config.kafka.sessionTimeoutMs, 10_000);
  });

  it('names every wrong key at once', () => {
    const wrong = { METRICS_PORT: '-1', LOG_LEVEL: 'x', TACTUS_NO_SUCH: '1', REDIS_URL: 'http://x' };
    assert.throws(
      () => loadConfig(wrong),
      (error: Error) => Object.keys(wrong).every((name) => error.message.includes(name)),
    );
  });

  it('gives every key a unit or a meaning that needs none, and one variable of its own', () => {
    const variables = configKeys().map(([, key]) => key.env);
    assert.equal(new Set(variables).size, variables.length);
    for (const [path, key] of configKeys()) {
      assert.ok(key.doc.length > 10, path);
      if (typeof key.default === 'number' && /(timeout|interval|wait|age|future|ttl)/i.test(path))
        assert.match(path, /(Ms|Bytes|Windows)$/i, `${path} does not name its unit`);
    }
  });
});

describe('describeConfig', () => {
  it('masks secrets and passwords in addresses', () => {
    const text = describeConfig(
      loadConfig({
        DATABASE_URL: 'postgres://u:secret1@db/x',
        SCHEMA_REGISTRY_URL: 'http://u:secret2@registry:8081',
      }),
    );
    assert.doesNotMatch(text, /secret/);
    assert.match(text, /registry:8081/);
  });
});
