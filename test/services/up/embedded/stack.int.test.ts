import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import registryClient from '@kafkajs/confluent-schema-registry/dist/api/index.js';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { type EmbeddedStack, type StackEnv, startStack } from '../../../../services/up/embedded/stack.js';
import type { TactusError } from '../../../../shared/core/errors.js';
import { createTopic } from '../../../support/topics.js';
import { processesWith, until } from './processes.js';

let dataDir: string;
const started: EmbeddedStack[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'tactus-stack-'));
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((stack) => stack.stop()));
  rmSync(dataDir, { recursive: true });
});

async function start(
  options: Omit<Parameters<typeof startStack>[0], 'dataDir'> = {},
): Promise<EmbeddedStack> {
  const stack = await startStack({ dataDir, ...options });
  started.push(stack);
  return stack;
}

test('a second start on the same data finds topics, schemas, rows and keys again, on the same ports', async () => {
  const first = await start();
  await write(first.env);
  await first.stop();
  assert.deepEqual(processesWith(dataDir), []);
  const second = await start();
  assert.deepEqual(second.env, first.env);
  await check(second.env);
});

async function write(env: StackEnv): Promise<void> {
  await withClients(env, async ({ admin, redis, database }) => {
    await createTopic(admin, { topic: 'kept', numPartitions: 3 });
    await redis.set('kept', 'key');
    await database.query('CREATE TABLE kept (time timestamptz NOT NULL, v int)');
    await database.query("SELECT create_hypertable('kept', 'time')");
    await database.query('INSERT INTO kept VALUES (now(), 7)');
    const { Subject } = registryClient.default({ host: env.SCHEMA_REGISTRY_URL });
    const body = { schema: '{"type":"string"}' };
    const response = await Subject.register({ subject: 'kept-value', body });
    assert.equal(response.status(), 200);
  });
}

async function check(env: StackEnv): Promise<void> {
  await withClients(env, async ({ admin, redis, database }) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: ['kept'] });
    assert.equal(topics[0]?.partitions.length, 3);
    assert.equal(await redis.get('kept'), 'key');
    assert.deepEqual((await database.query('SELECT v FROM kept')).rows, [{ v: 7 }]);
    const { Subject } = registryClient.default({ host: env.SCHEMA_REGISTRY_URL });
    assert.deepEqual((await Subject.all({})).data(), ['kept-value']);
  });
}

async function withClients(
  env: StackEnv,
  use: (clients: { admin: ReturnType<Kafka['admin']>; redis: Redis; database: pg.Client }) => Promise<void>,
): Promise<void> {
  const admin = new Kafka({ brokers: [env.KAFKA_BROKERS], logLevel: logLevel.NOTHING }).admin();
  const redis = new Redis(env.REDIS_URL);
  const database = new pg.Client({ connectionString: env.DATABASE_URL });
  await Promise.all([admin.connect(), database.connect()]);
  try {
    await use({ admin, redis, database });
  } finally {
    await Promise.all([admin.disconnect(), redis.quit(), database.end()]);
  }
}

test('a server that cannot start stops the others and is named with the end of its log', async () => {
  mkdirSync(join(dataDir, 'registry'));
  writeFileSync(join(dataDir, 'registry', 'schemas.mv.db'), 'this is no database');
  await assert.rejects(start(), (error: TactusError) => {
    assert.equal(error.code, 'TACTUS_EMBEDDED_FAILED');
    assert.match(
      error.message,
      /^the embedded registry ended while it started; the last lines of .*registry\.log:\n/,
    );
    assert.match(error.message, /h2|file corrupted|database/i);
    return true;
  });
  assert.deepEqual(processesWith(dataDir), []);
  assert.equal(existsSync(join(dataDir, 'lock')), false);
});

test('a start that is called off stops what runs already', async () => {
  const abort = new AbortController();
  const progress = (line: string) => {
    if (line.startsWith('redis answers')) abort.abort();
  };
  await assert.rejects(start({ signal: abort.signal, progress }));
  assert.deepEqual(processesWith(dataDir), []);
});

test('a second stack on the same data is refused and the first goes on', async () => {
  const stack = await start({ only: ['redis'] });
  await assert.rejects(start({ only: ['redis'] }), {
    code: 'TACTUS_EMBEDDED_FAILED',
    message: `${dataDir} is in use by process ${process.pid}: stop that one, or give another folder with --data`,
  });
  assert.ok(stack.servers.redis.pid !== undefined);
});

test('the death of a server is reported once; one that is stopped on purpose is not', async () => {
  const died: TactusError[] = [];
  const stack = await start({ only: ['redis', 'database'], onServerDied: (error) => died.push(error) });
  await stack.servers.redis.stop();
  const { pid } = stack.servers.database;
  assert.ok(pid !== undefined);
  process.kill(pid, 'SIGKILL');
  await until('its end to be reported', () => died.length > 0);
  assert.equal(died.length, 1);
  assert.match(died[0]?.message ?? '', /^the embedded database ended with SIGKILL/);
});

test('a server comes back on its port with its data after stop and after SIGKILL', async () => {
  const stack = await start({ only: ['database'] });
  const { database } = stack.servers;
  const ask = async (sql: string) => {
    const client = new pg.Client({ connectionString: stack.env.DATABASE_URL });
    await client.connect();
    const { rows } = await client.query(sql);
    await client.end();
    return rows;
  };
  await ask('CREATE TABLE kept AS SELECT 1 AS v');
  await database.stop();
  assert.equal(database.pid, undefined);
  await assert.rejects(ask('SELECT v FROM kept'), { code: 'ECONNREFUSED' });
  await database.start();
  await ask('INSERT INTO kept SELECT generate_series(2, 1000)');
  await database.kill('SIGKILL');
  await database.start();
  assert.deepEqual(await ask('SELECT count(*)::int AS n FROM kept'), [{ n: 1_000 }]);
});

test('a fixed port that is taken is refused, naming it', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  await assert.rejects(start({ only: ['redis'], ports: { redis: port } }), {
    code: 'TACTUS_EMBEDDED_FAILED',
    message: `port ${port} for redis is taken: stop what listens there, or give another port`,
  });
  await new Promise((resolve) => other.close(resolve));
});
