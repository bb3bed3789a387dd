import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { describeConfig, describedKeys } from '../../../shared/config/describe.js';
import { type Config, configKeys, loadConfig } from '../../../shared/config/load.js';

/** The configuration that a file with this text gives, with some variables beside it. */
function loaded(yaml: string, env: NodeJS.ProcessEnv = {}): Config {
  const folder = mkdtempSync(join(tmpdir(), 'tactus-config-'));
  const file = join(folder, 'tactus.yaml');
  writeFileSync(file, yaml);
  try {
    return loadConfig({ ...env, TACTUS_CONFIG_FILE: file });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const SECRETS = {
  DATABASE_URL: 'postgres://u:secret1@db:5432/x',
  REDIS_URL: 'rediss://:secret2@cache:6380/1',
  SCHEMA_REGISTRY_URL: 'http://u:secret3@registry:8081',
  TACTUS_SINK_WEBHOOK_URL: 'https://hooks.example/secret4',
  TACTUS_SINK_WEBHOOK_SECRET: 'secret5 "# quoted',
};

describe('describeConfig', () => {
  it('gives each key its meaning, variable, default and source', () => {
    const text = describeConfig(loadConfig({ TACTUS_ENV: 'production', TOPIC_PREFIX: 'mine.' }));
    assert.match(
      text,
      /\nkafka:\n {2}# Kafka bootstrap servers, [^\n]*\n {2}# KAFKA_BROKERS, default "localhost:9092"; from default\n {2}brokers: "localhost:9092"\n/,
    );
    assert.match(text, /; from environment\n {2}topicPrefix: "mine\."\n/);
    assert.match(text, /default -1; from profile production\n {2}replicationFactor: 3\n/);
  });

  it('leaves secrets out, in comments that show the rest of an address', () => {
    const text = describeConfig(loadConfig(SECRETS));
    assert.doesNotMatch(text, /secret\d/);
    assert.match(text, /^ {2}# url: "postgres:\/\/\*\*\*@db:5432\/x"$/m);
    assert.match(text, /^ {2}# url: "rediss:\/\/\*\*\*@cache:6380\/1"$/m);
    assert.match(text, /^ {2}# url: "http:\/\/\*\*\*@registry:8081"$/m);
    assert.match(text, /^ {2}# webhookUrl: \*\*\*$/m);
    assert.match(text, /^ {2}# webhookSecret: \*\*\*$/m);
    assert.match(text, /^ {2}archiveS3SecretAccessKey: ""$/m);
  });

  it('is a file that gives the same configuration again, with the secrets beside it', () => {
    assert.deepEqual(loaded(describeConfig(loadConfig({}))), loadConfig({}));
    const config = loadConfig({ ...SECRETS, TACTUS_ENV: 'staging', KAFKA_BROKERS: 'a:1,b:2' });
    assert.deepEqual(loaded(describeConfig(config), SECRETS), config);
  });

  it('is that for whatever text a key takes', () => {
    const names = configKeys()
      .filter(([, key]) => key.default === '' && key.sensitive !== true)
      .map(([, { env }]) => env);
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.string({ unit: 'grapheme' }), (name, text) => {
        let config: Config;
        try {
          config = loadConfig({ [name]: text });
        } catch {
          // A text that the key does not take.
          return;
        }
        const secret = describedKeys(config).some((key) => key.variable === name && key.secret);
        assert.deepEqual(loaded(describeConfig(config), secret ? { [name]: text } : {}), config);
      }),
      { numRuns: 200 },
    );
  });

  it('has a value for everything that is no secret, for programs that read it', () => {
    for (const { variable, value, secret } of describedKeys(loadConfig(SECRETS)))
      assert.equal(value === null, secret, variable);
  });
});
