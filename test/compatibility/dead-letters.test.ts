import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { pino } from 'pino';
import { AvroEncoder } from '../../shared/adapters/avro/value-codec.js';
import { LogReader } from '../../shared/adapters/kafka/consume/log-reader.js';
import { RecordWriter } from '../../shared/adapters/kafka/produce/record-writer.js';
import { readRecordBatches } from '../../shared/adapters/kafka/protocol/record-batches.js';
import type { PartitionRecords } from '../../shared/adapters/kafka/protocol/record-set.js';
import { loadSchemas, recordSchema } from '../../shared/catalog/schemas.js';
import { loadConfig } from '../../shared/config/load.js';
import { arrayBatch, type PlainRecord } from '../../shared/core/array-batch.js';
import { replayLetters } from '../../shared/dead-letters/replay.js';
import type { PartitionBuffer } from '../../shared/ports/log.js';
import { Health } from '../../shared/process/health.js';
import { fakeKafka } from './fake-kafka.js';
import { fakeRegistry } from './fake-registry.js';
import { START } from './scenario.js';

test('which dead letters were replayed is known by the marks of before, and written like them', async () => {
  const { schema } = recordSchema(loadSchemas(), 'DeadLetter');
  const registry = await fakeRegistry(schema);
  const env = { TOPIC_PREFIX: 'p.', SCHEMA_REGISTRY_URL: registry.url };
  const context = {
    ...{ config: loadConfig(env), log: pino({ level: 'silent' }), health: new Health() },
    stopping: new AbortController().signal,
  };
  fakeKafka('p.');
  const letter = (value: string) => ({
    value: new AvroEncoder(schema, 1).encode({
      ...{
        topic: 'p.ingest.metrics',
        partition: 2,
        offset: 5,
        key: null,
        value: Buffer.from(value),
        worker: 'ingest',
      },
      ...{ headers: {}, error: 'TACTUS_VALUE_NOT_FINITE', message: 'no', failedAt: START },
    }),
  });
  const logs: Record<string, readonly PlainRecord[]> = {
    'p.dlq[0]': [letter('a'), letter('b')],
    'p.state.dlq[0]': [{ key: '0:0', value: Buffer.from('{"at":1700000000000,"attempts":1}') }],
  };
  const logOf = (topic: string, partition: number) => logs[`${topic}[${partition}]`] ?? [];
  mock.method(LogReader.prototype, 'range', async (topic: string, partition: number) => ({
    start: 0,
    end: logOf(topic, partition).length,
  }));
  mock.method(LogReader.prototype, 'add', (buffer: PartitionBuffer) => {
    const { topic, partition } = buffer;
    const records = logOf(topic, partition);
    buffer.deliver(arrayBatch({ topic, partition, records }), records.length, records.length);
  });
  const written: string[][] = [];
  mock.method(RecordWriter.prototype, 'write', async (sets: PartitionRecords[]) => sets.forEach(take));

  const options = { force: false, dryRun: false, maxAttempts: 3, rate: 1_000, limit: 10 };
  assert.equal((await replayLetters(context, options)).replayed, 1);
  mock.restoreAll();
  registry.close();
  assert.deepEqual(written, [
    ['p.ingest.metrics', 'null', 'b', 'tactus-replay-attempts=1 tactus-dead-letter=0:1'],
    ['p.state.dlq', '0:1', '{"at":0,"attempts":1}', ''],
  ]);

  function take({ topic, partition, set }: PartitionRecords): void {
    const records = set.finish({ producerId: 1n, epoch: 0, baseSequence: 0, timestamp: 0, codec: 'none' });
    const ends = { highWatermark: 9, lastStableOffset: 9, logStartOffset: 0, errorCode: 0, aborted: [] };
    const batch = readRecordBatches({ topic, partition, ...ends, records }, 0);
    for (let i = 0; i < batch.length; i++) {
      const headers = Object.entries(batch.headers(i)).map(([name, value]) => `${name}=${value}`);
      const value = String(batch.value(i)).replace(/"at":\d{13}/, '"at":0');
      written.push([topic, String(batch.key(i)), value, headers.join(' ')]);
    }
  }
});
