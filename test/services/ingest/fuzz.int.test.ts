import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import type avro from 'avsc';
import { type Consumer, Partitioners } from 'kafkajs';
import { type Random, randomOf } from '../../integrity/random.js';
import { ownPrefix } from '../../support/own-prefix.js';
import { EVENT_SCHEMA, PlainClient } from '../../support/plain-client.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';

/** The long form: `FUZZ_RECORDS=1000000 npm test -- ingest/fuzz`. Fewer than a hundred would not hold all kinds. */
const RECORDS = Math.max(100, Number(process.env.FUZZ_RECORDS ?? 20_000));
/** A round is a send to each of the topics. */
const PER_ROUND = 2_000;
const SEED = 20_261_121;

/** A good value with some of its bytes changed, lost, doubled or put in; one of five is left as it is. */
function mutated(random: Random, good: Buffer): Buffer | null {
  const at = (length: number) => Math.floor(random() * length);
  const kind = at(10);
  if (kind < 2) return good;
  if (kind === 2) return good.subarray(0, at(good.length));
  if (kind === 3) return random() < 0.1 ? null : Buffer.from(good.subarray(0, 5));
  const bytes = Buffer.from(good);
  const place = at(bytes.length);
  if (kind < 7) {
    for (let left = 1 + at(3); left > 0; left--) {
      const flipped = at(bytes.length);
      bytes[flipped] = (bytes[flipped] as number) ^ (1 << at(8));
    }
    return bytes;
  }
  // Behind the id of the schema: a registry is not asked for thousands of others.
  const from = Math.max(5, place);
  if (kind === 7) bytes.fill(at(256), from, Math.min(bytes.length, from + 1 + at(6)));
  else if (kind === 8)
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(Math.max(5, from - at(20)))]);
  else return Buffer.concat([bytes.subarray(0, from), Buffer.alloc(1 + at(12), 0xff), bytes.subarray(from)]);
  return bytes;
}

describe('mutated records', { timeout: 1_500_000 }, () => {
  const servers = sharedServers();
  const prefix = ownPrefix('fuzz');
  const client = new PlainClient(servers, prefix);
  const consumers: Consumer[] = [];
  let worker: WorkerProcess | null = null;

  after(async () => {
    await Promise.all(consumers.map((each) => each.disconnect()));
    await worker?.stop();
  });

  /** Calls `seen` with each record of some topics. */
  const follow = async (
    topics: readonly string[],
    seen: (topic: string, value: Buffer, number?: Buffer) => void,
  ) => {
    const consumer = client.kafka.consumer({ groupId: ownPrefix('reader'), maxWaitTimeInMs: 100 });
    consumers.push(consumer);
    await consumer.connect();
    await consumer.subscribe({ topics: topics.map((name) => prefix + name), fromBeginning: true });
    await consumer.run({
      eachBatch: async ({ batch }) => {
        for (const { value, headers } of batch.messages)
          seen(batch.topic.slice(prefix.length), value as Buffer, headers?.number as Buffer | undefined);
      },
    });
  };

  it(`end in the output or in dlq, every one of ${RECORDS} once, and the worker goes on`, async () => {
    worker = await new WorkerProcess('ingest', { ...servers, TOPIC_PREFIX: prefix }).ready();
    const random = randomOf(SEED);
    const kinds = {
      'ingest.metrics': await client.encoder('ingest.metrics'),
      'ingest.events': await client.encoder('ingest.events', EVENT_SCHEMA),
    };
    const text = () => Array.from({ length: 4 }, () => Math.floor(random() * 2 ** 32).toString(16)).join('');
    const good = (topic: keyof typeof kinds): Buffer => {
      const common = { id: text(), tenantId: `tenant-${Math.floor(random() * 5)}`, timestamp: Date.now() };
      if (topic === 'ingest.events')
        return kinds[topic]({
          ...common,
          type: 'order',
          subjectId: null,
          attributes: { a: { long: 5 }, b: null },
        });
      const tags = random() < 0.5 ? {} : { host: 'web-1', region: 'é' };
      return kinds[topic]({ ...common, metric: 'cpu', tags, value: random(), unit: null, source: 'fuzz' });
    };

    const times = new Uint8Array(RECORDS);
    const count = { metrics: 0, events: 0, dlq: 0 };
    let seen = 0;
    const see = (name: keyof typeof count, number: Buffer) => {
      times[Number(number.toString())] = (times[Number(number.toString())] as number) + 1;
      count[name] += 1;
      seen += 1;
    };
    const letters = await letterType(servers.SCHEMA_REGISTRY_URL, prefix);
    await follow(['metrics', 'events', 'dlq'], (topic, value, number) => {
      if (topic !== 'dlq') return see(topic as 'metrics', number as Buffer);
      const { headers } = letters.fromBuffer(value.subarray(5)) as { headers: Record<string, Buffer> };
      see('dlq', headers.number as Buffer);
    });

    const producer = client.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    for (let from = 0; from < RECORDS; from += PER_ROUND) {
      const messages = Array.from({ length: Math.min(PER_ROUND, RECORDS - from) }, (_, i) => {
        const topic = i % 4 === 3 ? 'ingest.events' : 'ingest.metrics';
        const headers = { number: String(from + i) };
        return { topic, key: String((from + i) % 16), value: mutated(random, good(topic)), headers } as const;
      });
      for (const topic of Object.keys(kinds))
        await producer.send({
          topic: prefix + topic,
          messages: messages.filter((message) => message.topic === topic),
        });
    }
    await producer.disconnect();
    await until('every record', () => seen >= RECORDS, 1_200_000);
    assert.ok(
      times.every((time) => time === 1),
      `${times.filter((time) => time !== 1).length} not once`,
    );
    for (const [name, number] of Object.entries(count))
      assert.ok(number > RECORDS / 50, `${name}: ${number}`);
    assert.equal(await worker.stop(), 0);
  });
});

/** What dead letters are written with, from the registry. */
async function letterType(host: string, prefix: string): Promise<avro.Type> {
  const registry = new SchemaRegistry({ host });
  return (await registry.getSchema(await registry.getLatestSchemaId(`${prefix}dlq-value`))) as avro.Type;
}
