import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { pino } from 'pino';
import { fetchParts } from '../../../../../services/up/embedded/parts.js';
import { createKafka } from '../../../../../shared/adapters/kafka/client.js';
import { openCluster } from '../../../../../shared/adapters/kafka/internals.js';
import { Brokers } from '../../../../../shared/adapters/kafka/produce/brokers.js';
import { PartitionedRecordSets } from '../../../../../shared/adapters/kafka/produce/partitioned-record-sets.js';
import { TransactionSession } from '../../../../../shared/adapters/kafka/produce/transaction-session.js';
import { CODECS, type Codec } from '../../../../../shared/adapters/kafka/protocol/compression.js';
import { murmur2, partitionOf } from '../../../../../shared/adapters/kafka/protocol/murmur2.js';
import {
  type PartitionRecords,
  RecordSet,
} from '../../../../../shared/adapters/kafka/protocol/record-set.js';
import { loadConfig } from '../../../../../shared/config/load.js';
import { OutputBatch } from '../../../../../shared/core/output-batch.js';
import type { TopicName } from '../../../../../topics/names.js';
import { ownPrefix } from '../../../../support/own-prefix.js';
import { sharedServers } from '../../../../support/servers.js';
import { createTopic } from '../../../../support/topics.js';
import { until } from '../../../../support/until.js';

const require = createRequire(import.meta.url);
const referenceMurmur2 = require('kafkajs/src/producer/partitioners/default/murmur2.js') as (
  key: Buffer,
) => number;

describe('murmur2', () => {
  it('gives the hash that other clients give', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (array) => {
        const key = Buffer.from(array);
        assert.equal(murmur2(key), referenceMurmur2(key));
        assert.equal(partitionOf(key, 7), (referenceMurmur2(key) & 0x7fffffff) % 7);
      }),
    );
  });
});

/** Lines `key<TAB>value` that Kafka's console consumer reads under read_committed. */
async function javaReads(topic: string, count: number): Promise<string[]> {
  const { kafka } = await fetchParts(() => undefined);
  const { stdout } = await promisify(execFile)(
    'java',
    [
      ...['-XX:TieredStopAtLevel=1', '-cp', join(kafka, '*')],
      ...['org.apache.kafka.tools.consumer.ConsoleConsumer'],
      ...['--bootstrap-server', sharedServers().KAFKA_BROKERS, '--topic', topic, '--from-beginning'],
      ...['--isolation-level', 'read_committed', '--max-messages', String(count)],
      ...['--timeout-ms', '20000', '--property', 'print.key=true'],
    ],
    { maxBuffer: 1 << 26 },
  );
  return stdout.split('\n').slice(0, -1);
}

/** One transaction after the other, of one transactional id. */
class Writer {
  readonly partitioned: PartitionedRecordSets;

  private constructor(
    private readonly brokers: Brokers,
    private readonly session: TransactionSession,
    prefix: string,
  ) {
    this.partitioned = new PartitionedRecordSets(prefix, (name) => brokers.partitions(name));
  }

  static async open(kafka: Kafka, prefix: string, id: string, codec: Codec = 'none'): Promise<Writer> {
    const log = pino({ level: 'silent' });
    const brokers = new Brokers(openCluster(kafka), log);
    const session = new TransactionSession(brokers, { transactionalId: prefix + id, codec, log });
    await brokers.connect();
    await session.ready(deadline());
    return new Writer(brokers, session, prefix);
  }

  async write(sets: readonly PartitionRecords[]): Promise<void> {
    for (const { topic } of sets) await this.brokers.partitions(topic);
    await this.session.write(sets, null, deadline());
  }

  async commit(): Promise<void> {
    await this.session.commit(deadline());
  }

  async close(): Promise<void> {
    await this.brokers.cluster.disconnect();
  }
}

function deadline(): number {
  return performance.now() + 10_000;
}

describe('what a session of a transactional producer writes', { timeout: 240_000 }, () => {
  const servers = sharedServers();
  const prefix = ownPrefix('transaction');
  const plain = new Kafka({ brokers: servers.KAFKA_BROKERS.split(','), logLevel: logLevel.NOTHING });
  const kafka = createKafka({ config: loadConfig({ ...servers }), log: pino({ level: 'silent' }) });
  let admin: Admin;
  const writers: Writer[] = [];

  const open = async (id: string, codec: Codec = 'none') => {
    const made = await Writer.open(kafka, prefix, id, codec);
    writers.push(made);
    return made;
  };
  const logical = (name: string) => name.slice(prefix.length) as TopicName;
  const topic = async (name: string) => {
    await createTopic(admin, { topic: prefix + name, numPartitions: 3 });
    return prefix + name;
  };
  /** What kafkajs's consumer reads under read_committed, `count` records of it. */
  const read = async (name: string, count: number) => {
    const consumer = plain.consumer({ groupId: ownPrefix('reader'), maxWaitTimeInMs: 50 });
    const found: { partition: number; key: string | null; value: string | null; h: string | undefined }[] =
      [];
    await consumer.connect();
    await consumer.subscribe({ topics: [name], fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        const { key, value, headers } = message;
        found.push({
          partition,
          key: key?.toString() ?? null,
          value: value?.toString() ?? null,
          h: headers?.h?.toString(),
        });
      },
    });
    await until(`${count} records`, () => found.length >= count);
    await consumer.disconnect();
    return found;
  };

  before(async () => {
    admin = plain.admin();
    await admin.connect();
  });

  after(async () => {
    await Promise.all(writers.map((each) => each.close()));
    await admin.disconnect();
  });

  it('is what a kafkajs consumer reads, in order, also in several sets and transactions', async () => {
    const name = await topic('order');
    const writer = await open('order');
    const wanted: string[] = [];
    const { partitioned } = writer;
    for (let round = 0; round < 3; round++) {
      const outputs = new OutputBatch();
      for (let i = 0; i < 40; i++) {
        const value = `${round}-${i}-${'x'.repeat(50_000)}`;
        wanted.push(value);
        outputs.add({ topic: logical(name), key: 'k', value: Buffer.from(value), headers: { h: 'ä' } });
      }
      await partitioned.add(outputs);
      assert.ok(partitioned.sets.length > 1, 'more than one set');
      await writer.write(partitioned.sets);
      await writer.commit();
      partitioned.clear();
    }
    const found = await read(name, wanted.length);
    const home = partitionOf(Buffer.from('k'), 3);
    assert.deepEqual(
      found.map(({ value }) => value),
      wanted,
    );
    assert.ok(found.every(({ partition, key, h }) => partition === home && key === 'k' && h === 'ä'));
  });

  it('writes records without key or value, and puts keys where Java puts them', async () => {
    const name = await topic('keys');
    const writer = await open('keys');
    const { partitioned } = writer;
    const topicName = logical(name);
    const outputs = new OutputBatch();
    for (let i = 0; i < 30; i++)
      outputs.add({ topic: topicName, key: `key-${i}`, value: Buffer.from(String(i)) });
    outputs.add({ topic: topicName, key: null, value: Buffer.from('no key') });
    await partitioned.add(outputs);
    await partitioned.addChanges(topicName, 0, [{ key: 'key-gone', value: null }]);
    await writer.write(partitioned.sets);
    await writer.commit();
    const found = await read(name, 32);
    assert.equal(found.filter(({ key, value }) => key === null && value === 'no key').length, 1);
    const gone = found.filter(({ key }) => key === 'key-gone');
    assert.deepEqual(
      gone.map(({ partition, value }) => [partition, value]),
      [[0, null]],
    );
    for (const { key, partition } of found)
      if (key !== null && key !== 'key-gone')
        assert.equal(partition, (referenceMurmur2(Buffer.from(key)) & 0x7fffffff) % 3);
  });

  for (const codec of CODECS) {
    it(`writes with ${codec} what Kafka's own Java consumer reads`, async () => {
      const name = await topic(`codec-${codec}`);
      const writer = await open(`codec-${codec}`, codec);
      const { partitioned } = writer;
      const outputs = new OutputBatch();
      const wanted = Array.from(
        { length: 3_000 },
        (_, i) => `key-${i % 7}\t${'äß∂'.repeat(i % 99)}value ${i}`,
      );
      for (const line of wanted) {
        const [key = '', value = ''] = line.split('\t');
        outputs.add({ topic: logical(name), key, value: Buffer.from(value) });
      }
      await partitioned.add(outputs);
      await writer.write(partitioned.sets);
      await writer.commit();
      assert.deepEqual((await javaReads(name, wanted.length)).sort(), wanted.sort());
    });
  }

  it('shuts out an earlier owner of its id, and nothing of what that had open is ever read', async () => {
    const name = await topic('fence');
    const old = await open('fence');
    const entry = (value: string) => {
      const set = new RecordSet();
      set.append(null, 0, 0, Buffer.from(value), 0, value.length, null, 0, 0);
      return [{ topic: name, partition: 0, set }];
    };
    await old.write(entry('of the old owner'));
    const fresh = await open('fence');
    await fresh.write(entry('of the new owner'));
    await fresh.commit();
    await assert.rejects(async () => {
      await old.write(entry('too late'));
      await old.commit();
    });
    assert.deepEqual(
      (await read(name, 1)).map(({ value }) => value),
      ['of the new owner'],
    );
  });
});
