import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import type { MetricPoint } from '../../../../schemas/types.js';
import { Codecs } from '../../../../shared/adapters/avro/codecs.js';
import { RegistryClient } from '../../../../shared/adapters/avro/registry-client.js';
import { RegistrySchemas } from '../../../../shared/adapters/avro/registry-schemas.js';
import type { WriterSchema } from '../../../../shared/adapters/avro/writer-schemas.js';
import { loadSchemas, recordSchema } from '../../../../shared/catalog/schemas.js';
import { loadConfig } from '../../../../shared/config/load.js';
import { arrayBatch } from '../../../../shared/core/array-batch.js';
import { TactusError } from '../../../../shared/core/errors.js';
import type { RecordBatch } from '../../../../shared/core/record-batch.js';
import { Health } from '../../../../shared/process/health.js';
import { ownPrefix, sharedServers } from '../../../support/servers.js';
import { until } from '../../../support/until.js';

const point = recordSchema(loadSchemas(), 'MetricPoint').schema;
const prefix = ownPrefix('registry');
const log = pino({ level: 'silent' });
const never = new AbortController().signal;
const POINT: MetricPoint = {
  tenantId: 't',
  metric: 'm',
  tags: {},
  timestamp: 1,
  value: 1,
  id: 'i',
  unit: null,
  source: null,
};

/** A registry that answers as it is told. */
class FakeRegistry {
  answer: { status: number; body: string } | 'hang up' | 'cut short' = { status: 500, body: '' };
  asked: string[] = [];
  authorization: string | undefined;
  readonly #server: Server = createServer((request, response) => {
    this.asked.push(`${request.method} ${request.url}`);
    this.authorization = request.headers.authorization;
    if (this.answer === 'hang up') return void request.socket.destroy();
    if (this.answer === 'cut short') {
      response.writeHead(200, { 'content-length': 1_000 });
      return void response.write('{"schema":', () => request.socket.destroy());
    }
    response.writeHead(this.answer.status).end(this.answer.body);
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

function batchOf(...values: (Buffer | null)[]): RecordBatch {
  return arrayBatch({ topic: 't', partition: 0, records: values.map((value) => ({ value })) });
}

function valueWithId(id: number): Buffer {
  const value = Buffer.alloc(6);
  value.writeInt32BE(id, 1);
  return value;
}

const fake = new FakeRegistry();
let fakeUrl = '';
before(async () => {
  fakeUrl = await fake.start();
});
after(() => fake.stop());

function codecsOn(url: string, health = new Health(), stopping: AbortSignal = never): Codecs {
  const config = loadConfig({ SCHEMA_REGISTRY_URL: url, TOPIC_PREFIX: prefix });
  return new Codecs({ config, log, health, stopping });
}

test('a schema is registered once, with compatibility BACKWARD, and found again', async () => {
  const url = sharedServers().SCHEMA_REGISTRY_URL;
  const registry = new RegistryClient(url);
  const subject = `${prefix}once-value`;
  assert.equal(await registry.idOf(subject, point), null);
  assert.equal(await registry.latest(subject), null);
  const all = await Promise.all([1, 2, 3].map(() => registry.ensure(subject, point)));
  assert.equal(new Set(all.map(({ id }) => id)).size, 1);
  const id = all[0]?.id ?? -1;
  assert.deepEqual(await registry.ensure(subject, point), { id, added: false });
  assert.equal(await registry.idOf(subject, point), id);
  assert.deepEqual(await registry.schemaById(id), { schema: JSON.parse(JSON.stringify(point)) });
  const config = (await (await fetch(`${url}/config/${subject}`)).json()) as { compatibilityLevel: string };
  assert.equal(config.compatibilityLevel, 'BACKWARD');
});

test('an incompatible schema is refused by the registry, and the refusal is final', async () => {
  const registry = new RegistryClient(sharedServers().SCHEMA_REGISTRY_URL);
  const subject = `${prefix}broken-value`;
  await registry.ensure(subject, point);
  const broken = { ...point, fields: [...point.fields, { name: 'must', type: 'string' }] };
  await assert.rejects(
    registry.ensure(subject, broken),
    (error) =>
      error instanceof TactusError && error.code === 'TACTUS_SCHEMA_INCOMPATIBLE' && !error.retriable,
  );
});

test('values go round through the registry, empty and foreign ones beside them', async () => {
  const url = sharedServers().SCHEMA_REGISTRY_URL;
  const writers = codecsOn(url);
  const decoder = codecsOn(url).decoder('metrics');
  const bytes = (await writers.encoder('metrics')).encode(POINT);
  await decoder.prepare(batchOf(bytes, null, Buffer.from('x')), never);
  assert.deepStrictEqual(decoder.decode(bytes), POINT);
});

test('an id that the registry does not know is remembered as such, and asked for again later', async () => {
  let now = 1_000_000;
  const asked: number[] = [];
  const known = new Map<number, WriterSchema>();
  const schemas = new RegistrySchemas(
    {
      schemaById: async (id) => {
        asked.push(id);
        return known.get(id) ?? null;
      },
    },
    { now: () => now },
    { what: 'the schema registry', log, health: new Health() },
  );
  await schemas.prepare(new Set([5, -1]), never);
  await schemas.prepare(new Set([5]), never);
  assert.deepEqual(asked, [5], 'asked once; a negative id is never asked for');
  assert.equal(schemas.get(5), undefined);
  known.set(5, { schema: 'string' });
  now += 30_000;
  await schemas.prepare(new Set([5]), never);
  assert.deepEqual(schemas.get(5), { schema: 'string' });
  await schemas.prepare(new Set([5]), never);
  assert.deepEqual(asked, [5, 5]);
});

test('ids without end do not fill the memory', async () => {
  let asked = 0;
  const schemas = new RegistrySchemas(
    {
      schemaById: async (id) => {
        asked++;
        return id % 2 === 0 ? { schema: 'string' } : null;
      },
    },
    { now: () => 0 },
    { what: 'the schema registry', log, health: new Health() },
  );
  const ids = Array.from({ length: 25_000 }, (_, index) => index);
  await schemas.prepare(new Set(ids), never);
  assert.equal(asked, ids.length);
  assert.equal(ids.filter((id) => schemas.get(id) !== undefined).length, 1_000);
});

for (const [what, answer] of [
  ['a server error', { status: 503, body: '{"error_code":50001,"message":"starting"}' }],
  ['an answer of a proxy', { status: 404, body: '<html>no such page</html>' }],
  ['a 404 of another service', { status: 404, body: '{"message":"Not Found"}' }],
  ['an empty error', { status: 500, body: 'null' }],
  ['refused credentials', { status: 401, body: '{"error_code":40101,"message":"who are you"}' }],
  ['nonsense', { status: 200, body: 'hello' }],
  ['a lost connection', 'hang up'],
  ['an answer cut short', 'cut short'],
] as const)
  test(`${what} is waited for and never taken for an unknown schema`, async () => {
    const registry = new RegistryClient(fakeUrl);
    fake.answer = answer;
    for (const call of [
      () => registry.schemaById(1),
      () => registry.idOf('s', point),
      () => registry.latest('s'),
    ])
      await assert.rejects(
        call,
        (error) =>
          error instanceof TactusError && error.code === 'TACTUS_REGISTRY_UNAVAILABLE' && error.retriable,
      );
  });

test("the registry's own 404 is an answer", async () => {
  const registry = new RegistryClient(fakeUrl);
  fake.answer = { status: 404, body: '{"error_code":40403,"message":"Schema not found"}' };
  assert.equal(await registry.schemaById(1), null);
});

test('a schema of another kind, or one in several subjects, is reported as unusable', async () => {
  const registry = new RegistryClient(fakeUrl);
  fake.answer = { status: 200, body: JSON.stringify({ schema: '{}', schemaType: 'JSON' }) };
  assert.deepEqual(await registry.schemaById(1), { unusable: 'its type is JSON' });
  fake.answer = { status: 200, body: JSON.stringify({ schema: '"string"', references: [{ name: 'a' }] }) };
  assert.match(((await registry.schemaById(1)) as { unusable: string }).unusable, /other subjects/);
});

test('user and password of the address are sent, and never shown', async () => {
  const registry = new RegistryClient(fakeUrl.replace('http://', 'http://me:s3cret@'));
  fake.answer = 'hang up';
  await assert.rejects(registry.schemaById(1), (error) => !String(error).includes('s3cret'));
  assert.equal(fake.authorization, `Basic ${Buffer.from('me:s3cret').toString('base64')}`);
});

test('the path of the address is kept in front of the calls, with and without a slash at its end', async () => {
  fake.asked = [];
  fake.answer = { status: 404, body: '{"error_code":40401,"message":"Subject not found"}' };
  for (const path of ['/apis/ccompat/v7', '/apis/ccompat/v7/'])
    assert.equal(await new RegistryClient(fakeUrl + path).latest('a/b'), null);
  const asked = 'GET /apis/ccompat/v7/subjects/a%2Fb/versions/latest';
  assert.deepEqual(fake.asked, [asked, asked]);
});

test('a decoder waits for a registry that is down, not ready meanwhile, and then goes on', async () => {
  const health = new Health();
  const decoder = codecsOn(fakeUrl, health).decoder('metrics');
  fake.answer = 'hang up';
  const prepared = decoder.prepare(batchOf(valueWithId(77)), never);
  await until('the wait to show', () => !health.ready);
  fake.answer = { status: 200, body: JSON.stringify({ schema: JSON.stringify(point) }) };
  await prepared;
  assert.equal(health.ready, true);
  assert.throws(() => decoder.decode(valueWithId(77)), { code: 'TACTUS_RECORD_UNDECODABLE' });
});

test('a wait for the registry ends when the worker is asked to stop', async () => {
  const stop = new AbortController();
  fake.answer = { status: 503, body: '' };
  const decoder = codecsOn(fakeUrl).decoder('metrics');
  const prepared = decoder.prepare(batchOf(valueWithId(78)), stop.signal);
  stop.abort();
  await assert.rejects(prepared, { code: 'TACTUS_REGISTRY_UNAVAILABLE' });
});

test('a known schema is not asked for again', async () => {
  const decoder = codecsOn(fakeUrl).decoder('metrics');
  fake.answer = { status: 200, body: JSON.stringify({ schema: JSON.stringify(point) }) };
  await decoder.prepare(batchOf(valueWithId(1), valueWithId(1)), never);
  fake.asked = [];
  fake.answer = 'hang up';
  await decoder.prepare(batchOf(valueWithId(1)), never);
  assert.deepEqual(fake.asked, []);
});
