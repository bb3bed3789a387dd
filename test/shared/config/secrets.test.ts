import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPool } from '../../../shared/adapters/postgres/pool.js';
import { createRedis } from '../../../shared/adapters/redis/client.js';
import { ConfluentRegistry } from '../../../shared/adapters/registry/confluent-registry.js';
import { parseConfigFile } from '../../../shared/config/config-file.js';
import { describeConfig, describedKeys } from '../../../shared/config/describe.js';
import { configKeys, loadConfig } from '../../../shared/config/load.js';
import { redactor } from '../../../shared/config/secrets.js';
import { messageOf } from '../../../shared/core/errors.js';
import { Health } from '../../../shared/process/health.js';
import { createLogger } from '../../../shared/process/logger.js';
import { runTactus } from '../../support/command-line.js';

const MARKER = 'hunter2MARKER';

/** Addresses with a secret in them, right and wrong in every way that comes to mind. */
const ADDRESSES = [
  ...['SCHEME://me:MARKER@127.0.0.1:9/x', 'SCHEME://:MARKER@127.0.0.1:9', 'SCHEME://MARKER@127.0.0.1:9'],
  ...['SCHEME://me:MARKER@', 'SCHEME://me:MARKER', 'SCHEME:/me:MARKER@127.0.0.1:9', 'me:MARKER@127.0.0.1:9'],
  ...[
    'SCHEME//me:MARKER@127.0.0.1:9',
    '://me:MARKER@127.0.0.1:9',
    'me:MARKER',
    'SCHEME://me:MARKER@127.0.0.1:port',
  ],
  ...['SCHEME://me:MARKER/more@127.0.0.1:9', 'SCHEME://me:a@MARKER@127.0.0.1:9', 'SCHEME://me:MARKER@[bad'],
  ...[
    'SCHEME://me:MARKER@127.0.0.1:9,also:MARKER@b:9',
    'SCHEME://me:%zzMARKER@127.0.0.1:9',
    'ftp://me:MARKER@h',
  ],
  ...[
    'SCHEME://me:12345/MARKER@127.0.0.1:9',
    'SCHEME://127.0.0.1:9/x?password=MARKER',
    ' SCHEME://me:MARKER@h:9 ',
  ],
  ...[
    'SCHEME://me:MARKER with spaces@127.0.0.1:9',
    'SCHEME://me:"MARKER"@127.0.0.1:9',
    'SCHEME://h:9#MARKER',
  ],
].map((text) => text.replaceAll('MARKER', MARKER));

/** The first scheme that a key takes. */
const SCHEMES: Readonly<Record<string, string>> = {
  DATABASE_URL: 'postgres',
  REDIS_URL: 'redis',
  TACTUS_ARCHIVE_URL: 's3',
};

/** All that is said of a configuration: the error, or the description. */
function saidOf(env: NodeJS.ProcessEnv): string {
  try {
    const config = loadConfig(env);
    return `${describeConfig(config)}\n${JSON.stringify(describedKeys(config))}`;
  } catch (error) {
    return String(error);
  }
}

/** What is said of a key of a configuration file. */
function saidOfFile(path: string, yaml: string): string {
  const [section, name] = path.split('.');
  try {
    parseConfigFile(`${section}:\n  ${name}: ${yaml}\n`, 'tactus.yaml');
    return '';
  } catch (error) {
    return String(error);
  }
}

describe('a secret', () => {
  it('is not shown, whichever key it was put into and however wrong the address around it', () => {
    for (const [path, key] of configKeys()) {
      const secret = key.address === true || key.sensitive === true;
      // Where no address belongs, a bare word with a colon is just a wrong value, and is shown as such.
      const wrong = ADDRESSES.filter((address) => secret || address.startsWith('SCHEME://me:'));
      for (const address of secret ? wrong : wrong.slice(0, 3)) {
        const value = address.replaceAll('SCHEME', SCHEMES[key.env] ?? 'http');
        assert.ok(!saidOf({ [key.env]: value }).includes(MARKER), `${key.env}=${value}`);
        assert.ok(!saidOfFile(path, JSON.stringify(value)).includes(MARKER), `${path}: ${value}`);
      }
    }
  });

  it('is not shown of keys that are secret as a whole', () => {
    for (const [path, key] of configKeys().filter(([, { sensitive }]) => sensitive === true)) {
      for (const value of [MARKER, `${MARKER}\n`, 'x'.repeat(5_000) + MARKER]) {
        assert.ok(!saidOf({ [key.env]: value }).includes(MARKER), path);
        assert.ok(!saidOfFile(path, JSON.stringify(value)).includes(MARKER), path);
      }
      for (const yaml of [
        `[${MARKER}]`,
        `*${MARKER}`,
        `{a: ${MARKER}}`,
        `"${MARKER}`,
        `!${MARKER} x`,
        `@${MARKER}`,
      ])
        assert.ok(!saidOfFile(path, yaml).includes(MARKER), `${path}: ${yaml}: ${saidOfFile(path, yaml)}`);
    }
  });

  it('is not shown of a variable that nobody knows; the message says which one was meant', () => {
    const said = saidOf({ TACTUS_SINK_WEBHOOK_SECRETT: MARKER });
    assert.ok(!said.includes(MARKER));
    assert.match(
      said,
      /TACTUS_SINK_WEBHOOK_SECRETT: unknown variable; did you mean TACTUS_SINK_WEBHOOK_SECRET\?/,
    );
  });

  it('is not shown by the command line either, which ends with 78', async () => {
    for (const env of [
      { TACTUS_SINK_WEBHOOK_SECRETT: MARKER },
      { DATABASE_URL: `mysql://me:${MARKER}@db/x` },
      { SCHEMA_REGISTRY_URL: `me:${MARKER}@registry:8081` },
    ]) {
      const { code, stdout, stderr } = await runTactus(['config'], env);
      assert.deepEqual([code, stdout, stderr.trimEnd().split('\n').length], [78, '', 1], stderr);
      assert.ok(!stderr.includes(MARKER), stderr);
    }
  });
});

describe('redactor', () => {
  const config = loadConfig({
    DATABASE_URL: `postgres://me:${MARKER}%2F1@127.0.0.1:9/tactus`,
    REDIS_URL: `redis://me:${MARKER}-2@127.0.0.1:9`,
    SCHEMA_REGISTRY_URL: `http://me:${MARKER}-3@127.0.0.1:7`,
    TACTUS_ALERT_WEBHOOK_URL: `https://hooks.example/services/${MARKER}-4`,
    TACTUS_SINK_WEBHOOK_SECRET: `${MARKER}"5"`,
    TACTUS_ARCHIVE_S3_SECRET_ACCESS_KEY: `${MARKER}-6`,
  });
  const redact = redactor(config);

  it('takes secrets out of any text, as they were written and as clients write them', () => {
    for (const text of [
      `password ${MARKER}%2F1`,
      `password ${MARKER}/1`,
      `AUTH me ${MARKER}-2`,
      `http://me:${MARKER}-3@127.0.0.1:7/subjects`,
      `POST /services/${MARKER}-4`,
      JSON.stringify({ secret: `${MARKER}"5"` }),
      `key=${MARKER}-6`,
    ]) {
      assert.ok(!redact(text).includes(MARKER), redact(text));
      assert.match(redact(text), /\*\*\*/);
    }
  });

  it('leaves alone what is no secret: defaults, names of databases, hosts', () => {
    const text = 'tactus at 127.0.0.1:9, postgres, hooks.example, me';
    assert.equal(redact(text), text);
    assert.equal(redactor(loadConfig({}))('postgres:postgres'), 'postgres:postgres');
  });

  it('keeps what clients say at run time clean: in logs, in reasons and in errors', async () => {
    const lines: string[] = [];
    const log = createLogger('test', 'trace', {
      redact: (line) => {
        lines.push(redact(line));
        return '';
      },
    });
    const health = new Health(redact);
    const attempts: Record<string, () => Promise<unknown>> = {
      registry: () => new ConfluentRegistry(config.registry.url, { timeoutMs: 1_000 }).subjects(),
      database: () =>
        createPool({ config, log, name: 'test' }, { statementTimeoutMs: 1_000 }).query('SELECT 1'),
      redis: async () => {
        const client = createRedis({ config, log, name: 'test' });
        try {
          await client.ping();
        } finally {
          client.disconnect();
        }
      },
      webhook: () => fetch(`http://me:${MARKER}-3@127.0.0.1:7`),
    };
    for (const [name, attempt] of Object.entries(attempts)) {
      const error: unknown = await attempt().then(
        () => assert.fail(`${name} is there`),
        (thrown: unknown) => thrown,
      );
      // As ioredis does with the command of a refused login.
      Object.assign(error as object, { command: { name: 'auth', args: ['me', `${MARKER}-2`] } });
      log.warn({ error }, `waiting for ${name}: ${messageOf(error)}`);
      health.block(name, messageOf(error));
    }
    assert.ok(lines.length >= 4);
    assert.ok(
      lines.some((line) => line.includes('"args":["me","***"]')),
      lines.join(''),
    );
    for (const said of [...lines, ...health.reasons]) assert.ok(!said.includes(MARKER), said);
    for (const line of lines) JSON.parse(line);
  });
});
