import avro from 'avsc';
import { Partitioners } from 'kafkajs';
import type { PlainClient } from '../support/plain-client.js';
import { ownPrefix } from '../support/servers.js';

/** A record as a stranger's read_committed reader sees it. */
export interface TopicRecord<T> {
  readonly partition: number;
  readonly offset: number;
  /** When the broker took it in. */
  readonly appendedAt: number;
  readonly key: string;
  readonly value: T;
}

/** Longer than the broker lets the transaction of a dead owner stand open. */
const DEADLINE_MS = 120_000;
const END = 'end of the test';

/**
 * Reads a topic to its end with a new read_committed reader, in order per partition, and hands on
 * each record. Where the end is says a record that this writes into each partition: it is seen
 * when every transaction before it has been decided.
 */
export async function readTopic<T>(
  client: PlainClient,
  registry: string,
  topic: string,
  each: (record: TopicRecord<T>) => void,
): Promise<void> {
  const name = client.prefix + topic;
  const { kafka } = client;
  const open = new Set(await partitionsOf(client, topic));
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const mark = ownPrefix(END);
  const messages = [...open].map((partition) => ({ key: mark, value: null, partition }));
  await producer.send({ topic: name, messages });
  await producer.disconnect();

  const types = new Map<number, avro.Type>();
  const consumer = kafka.consumer({ groupId: ownPrefix('reader'), maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [name], fromBeginning: true });
  let failure: unknown;
  await new Promise<void>((resolve, reject) => {
    const fail = (error: unknown) => {
      failure = error;
      reject(error);
    };
    const timer = setTimeout(
      () => fail(new Error(`${name} was not readable to its end within ${DEADLINE_MS} ms`)),
      DEADLINE_MS,
    );
    const run = consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch, heartbeat }) => {
        for (const { key, value, offset, timestamp } of batch.messages) {
          if (key?.toString('utf8').startsWith(END)) {
            if (key.toString('utf8') === mark) open.delete(batch.partition);
            continue;
          }
          if (failure !== undefined) return;
          try {
            const bytes = value as Buffer;
            const id = bytes.readInt32BE(1);
            let type = types.get(id);
            if (type === undefined) {
              type = await typeOf(registry, id);
              types.set(id, type);
            }
            each({
              partition: batch.partition,
              offset: Number(offset),
              appendedAt: Number(timestamp),
              key: key?.toString('utf8') ?? '',
              value: type.fromBuffer(bytes.subarray(5)) as T,
            });
          } catch (error) {
            fail(error);
          }
        }
        await heartbeat();
        if (open.size === 0) {
          clearTimeout(timer);
          resolve();
        }
      },
    });
    run.catch(fail);
  }).finally(() => consumer.disconnect());
}

/** Numbers of the topic's partitions. */
export async function partitionsOf(client: PlainClient, topic: string): Promise<number[]> {
  const admin = client.kafka.admin();
  await admin.connect();
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [client.prefix + topic] });
    return (topics[0]?.partitions ?? []).map(({ partitionId }) => partitionId);
  } finally {
    await admin.disconnect();
  }
}

async function typeOf(registry: string, id: number): Promise<avro.Type> {
  const response = await fetch(`${registry}/schemas/ids/${id}`);
  if (!response.ok) throw new Error(`the registry has no schema ${id}: ${response.status}`);
  const { schema } = (await response.json()) as { schema: string };
  return avro.Type.forSchema(JSON.parse(schema) as avro.Schema, { wrapUnions: false });
}
