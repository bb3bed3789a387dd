import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { configKeys, loadConfig } from '../../../shared/config/load.js';

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

  it('takes the defaults of the profile, and everything that is set over them', () => {
    const { kafka, log } = loadConfig({});
    assert.deepEqual(
      [kafka.replicationFactor, kafka.minInsyncReplicas, kafka.compression, log.level],
      [-1, -1, 'none', 'info'],
    );
    assert.deepEqual(loadConfig({ TACTUS_ENV: 'development' }).kafka, kafka);
    for (const TACTUS_ENV of ['staging', 'production']) {
      const config = loadConfig({ TACTUS_ENV, TACTUS_COMPRESSION: 'none' });
      assert.equal(config.profile.name, TACTUS_ENV);
      assert.deepEqual(
        [config.kafka.replicationFactor, config.kafka.minInsyncReplicas, config.kafka.compression],
        [3, 2, 'none'],
      );
      assert.equal(config.shutdown.drainTimeoutMs, 25_000);
    }
  });

  it('gives new topics 16 partitions, or as many as are asked for', () => {
    assert.equal(loadConfig({}).kafka.partitions, 16);
    assert.equal(loadConfig({ TACTUS_PARTITIONS: '64' }).kafka.partitions, 64);
    assert.throws(
      () => loadConfig({ TACTUS_PARTITIONS: '0' }),
      /TACTUS_PARTITIONS \(kafka\.partitions: must be an integer from 1 to 1000: value was 0\)$/,
    );
  });

  it('shows a refused value as it was given', () => {
    assert.throws(() => loadConfig({ TACTUS_MAX_TAGS: 'many' }), /: value was "?many"?\)$/);
  });

  it('takes the profile from the file where the environment has none', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tactus-config-'));
    const file = join(folder, 'tactus.yaml');
    writeFileSync(file, 'profile:\n  name: production\nshutdown:\n  drainTimeoutMs: 9000\n');
    const ofFile = loadConfig({ TACTUS_CONFIG_FILE: file });
    const ofBoth = loadConfig({ TACTUS_CONFIG_FILE: file, TACTUS_ENV: 'development' });
    rmSync(folder, { recursive: true });
    assert.deepEqual([ofFile.kafka.replicationFactor, ofFile.shutdown.drainTimeoutMs], [3, 9_000]);
    assert.deepEqual([ofBoth.kafka.replicationFactor, ofBoth.shutdown.drainTimeoutMs], [-1, 9_000]);
  });

  it('refuses a profile that there is not, with the key, its value and what is allowed', () => {
    assert.throws(
      () => loadConfig({ TACTUS_ENV: 'prod' }),
      /^TactusError: TACTUS_ENV \(profile\.name: .*"development","staging","production".*value was "prod"\)$/,
    );
  });

  it('refuses more replicas in sync than there are replicas', () => {
    assert.throws(
      () => loadConfig({ TACTUS_ENV: 'production', TACTUS_REPLICATION_FACTOR: '1' }),
      /TACTUS_MIN_INSYNC_REPLICAS \(.*must be at most TACTUS_REPLICATION_FACTOR, which is 1: value was 2\)$/,
    );
  });

  it('gives profiles only values that their keys allow', () => {
    const keys = configKeys().filter(([, { profiles }]) => profiles !== undefined);
    assert.ok(keys.length > 0);
    for (const TACTUS_ENV of ['development', 'staging', 'production']) loadConfig({ TACTUS_ENV });
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
    const twice = variables.filter((name, i) => variables.indexOf(name) !== i);
    // Gateway and API, each in a process of its own, are reached at the same two.
    assert.deepEqual(twice, ['HTTP_HOST', 'HTTP_PORT']);
    for (const [path, key] of configKeys()) {
      assert.ok(key.doc.length > 10, path);
      if (typeof key.default === 'number' && /(timeout|interval|wait|age|future|ttl)/i.test(path))
        assert.match(path, /(Ms|Bytes|Windows)$/i, `${path} does not name its unit`);
    }
  });
});
