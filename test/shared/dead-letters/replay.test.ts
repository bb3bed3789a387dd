import assert from 'node:assert/strict';
import { afterEach, describe, it, mock } from 'node:test';
import { pino } from 'pino';
import { AvroEncoder } from '../../../shared/adapters/avro/value-codec.js';
import { LogReader } from '../../../shared/adapters/kafka/consume/log-reader.js';
import { Brokers, type Coordinator } from '../../../shared/adapters/kafka/produce/brokers.js';
import { RecordWriter } from '../../../shared/adapters/kafka/produce/record-writer.js';
import { AnswerError } from '../../../shared/adapters/kafka/protocol/answers.js';
import { readRecordBatches } from '../../../shared/adapters/kafka/protocol/record-batches.js';
import type { PartitionRecords } from '../../../shared/adapters/kafka/protocol/record-set.js';
import { loadSchemas, recordSchema } from '../../../shared/catalog/schemas.js';
import { loadConfig } from '../../../shared/config/load.js';
import { arrayBatch, type PlainRecord } from '../../../shared/core/array-batch.js';
import { TactusError } from '../../../shared/core/errors.js';
import { replayLetters } from '../../../shared/dead-letters/replay.js';
import type { PartitionBuffer } from '../../../shared/ports/log.js';
import { Health } from '../../../shared/process/health.js';
import { fakeKafka } from '../../compatibility/fake-kafka.js';
import { fakeRegistry } from '../../compatibility/fake-registry.js';

const AWAY = new TactusError('TACTUS_KAFKA_UNAVAILABLE', 'the leader has moved');
const FAILED_AT = 1_600_000_000_000;
const FENCED = 47;

describe('a replay of two dead letters, where Kafka fails in the middle of it', () => {
  const { schema } = recordSchema(loadSchemas(), 'DeadLetter');
  afterEach(() => mock.restoreAll());

  /** @param faults what the attempts to write, and to commit, fail with, one after the other */
  async function replayed(faults: {
    readonly write?: readonly unknown[];
    readonly commit?: readonly unknown[];
    /** Whether a commit that fails is done all the same. */
    readonly done?: boolean;
    /** What another replay marks before the second attempt. */
    readonly byOther?: string;
  }) {
    const registry = await fakeRegistry(schema);
    const context = {
      config: loadConfig({ TOPIC_PREFIX: 'p.', SCHEMA_REGISTRY_URL: registry.url }),
      ...{ log: pino({ level: 'silent' }), health: new Health(), stopping: new AbortController().signal },
    };
    fakeKafka('p.');
    const letter = (value: string) => ({
      value: new AvroEncoder(schema, 1).encode({
        ...{ topic: 'p.ingest.metrics', partition: 2, offset: 5, key: null, value: Buffer.from(value) },
        ...{ worker: 'ingest', headers: {}, error: 'TACTUS_VALUE_NOT_FINITE', message: 'no' },
        failedAt: FAILED_AT,
      }),
    });
    const marks: PlainRecord[] = [];
    const logs: Record<string, readonly PlainRecord[]> = {
      'p.dlq[0]': [letter('a'), letter('b')],
      'p.state.dlq[0]': marks,
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
    const [writeFaults, commitFaults] = [[...(faults.write ?? [])], [...(faults.commit ?? [])]];
    let open: { topic: string; record: PlainRecord }[] = [];
    const written: string[] = [];
    let opened = 0;
    const commit = () => {
      for (const { topic, record } of open)
        if (topic === 'p.state.dlq') marks.push(record);
        else written.push(String(record.value));
      open = [];
    };
    mock.method(RecordWriter.prototype, 'write', async (sets: PartitionRecords[]) => {
      const fault = writeFaults.shift();
      if (fault !== undefined) throw fault;
      open = sets.flatMap(recordsOf);
    });
    const ask = Brokers.prototype.ask;
    mock.method(Brokers.prototype, 'ask', async function (this: Brokers, to: Coordinator, request: never) {
      const { apiName } = request as { apiName: string };
      if (apiName === 'InitProducerId') {
        open = [];
        opened += 1;
        if (opened === 2 && faults.byOther !== undefined)
          marks.push({ key: faults.byOther, value: Buffer.from('{"at":1,"attempts":1}') });
      }
      const fault = apiName === 'EndTxn' ? commitFaults.shift() : undefined;
      if (apiName === 'EndTxn' && (fault === undefined || faults.done)) commit();
      if (fault !== undefined) throw fault;
      return await ask.call(this, to, request, 0);
    });
    try {
      const options = { force: false, dryRun: false, maxAttempts: 3, rate: 1_000, limit: 10 };
      const { replayed: count, skipped } = await replayLetters(context, options);
      return { count, skipped, written, blocks: context.health.blocks.size };
    } finally {
      registry.close();
    }
  }

  const ALL = { count: 2, skipped: {}, written: ['a', 'b'], blocks: 0 };

  it('waits, and goes on when a leader is there again', async () => {
    assert.deepEqual(await replayed({ write: [AWAY, AWAY] }), ALL);
  });

  it('writes nothing again that was committed though nobody said so', async () => {
    assert.deepEqual(await replayed({ commit: [AWAY], done: true }), ALL);
  });

  it('writes again what was not committed', async () => {
    assert.deepEqual(await replayed({ commit: [AWAY], done: false }), ALL);
  });

  it('leaves alone what another replay has done meanwhile', async () => {
    const found = await replayed({ write: [AWAY], byOther: '0:0' });
    assert.deepEqual(found, {
      ...{ count: 1, written: ['b'], blocks: 0 },
      skipped: { 'it was replayed before': 1 },
    });
  });

  it('ends when another replay has fenced it', async () => {
    const fenced = new AnswerError(FENCED, 'writing');
    await assert.rejects(replayed({ write: [fenced] }), { code: 'TACTUS_FENCED' });
  });
});

function recordsOf({ topic, partition, set }: PartitionRecords): { topic: string; record: PlainRecord }[] {
  const records = set.finish({ producerId: 1n, epoch: 0, baseSequence: 0, timestamp: 0, codec: 'none' });
  const ends = { highWatermark: 9, lastStableOffset: 9, logStartOffset: 0, errorCode: 0, aborted: [] };
  const batch = readRecordBatches({ topic, partition, ...ends, records }, 0);
  return Array.from({ length: batch.length }, (_, i) => ({
    topic,
    record: { key: batch.key(i)?.toString() ?? null, value: Buffer.from(batch.value(i) ?? '') },
  }));
}
