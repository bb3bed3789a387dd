import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import type { MetricPoint } from '../../../../schemas/types.js';
import { Codecs } from '../../../../shared/adapters/avro/codecs.js';
import { loadSchemas, recordSchema } from '../../../../shared/catalog/schemas.js';
import { loadConfig } from '../../../../shared/config/load.js';
import { arrayBatch } from '../../../../shared/core/array-batch.js';
import type { RecordBatch } from '../../../../shared/core/record-batch.js';
import { Health } from '../../../../shared/process/health.js';
import { FakeRegistry } from '../../../support/fake-registry.js';
import { ownPrefix } from '../../../support/own-prefix.js';
import { GAUGE } from '../../../support/point.js';
import { sharedServers } from '../../../support/servers.js';
import { until } from '../../../support/until.js';

const point = recordSchema(loadSchemas(), 'MetricPoint').schema;
const prefix = ownPrefix('codecs');
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
  ...GAUGE,
};

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

test('values go round through the registry, empty and foreign ones beside them', async () => {
  const url = sharedServers().SCHEMA_REGISTRY_URL;
  const writers = codecsOn(url);
  const decoder = codecsOn(url).decoder('metrics');
  const bytes = (await writers.encoder('metrics')).encode(POINT);
  await decoder.prepare(batchOf(bytes, null, Buffer.from('x')), never);
  assert.deepStrictEqual(decoder.decode(bytes), POINT);
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
