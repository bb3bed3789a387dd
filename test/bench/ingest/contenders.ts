import { join } from 'node:path';
import { packageRoot } from '../../../shared/files/package-root.js';
import { type Bench, forget } from '../stand.js';
import { Child } from '../windowing/child.js';
import { createTopic, PARTITIONS } from '../windowing/dataset.js';
import { startJava } from '../windowing/java.js';
import { type Measured, measured } from '../windowing/measure.js';
import { firstRecord, startWorker } from '../windowing/tactus.js';
import { Watch } from '../windowing/watch.js';
import type { RawPoints } from './dataset.js';

type Contender = (bench: Bench, data: RawPoints) => Promise<Measured>;

/** Of the points of the data set, for those who write bytes of their own. */
const VALUE_BYTES = 134;
const KEY_BYTES = 33;
/** Without a single new record for so long, nothing more is coming. */
const STUCK_MS = 30_000;

/** Everybody, in the order of a round. */
export const CONTENDERS: Readonly<Record<string, Contender>> = {
  'producer-performance': producerPerformance,
  'java-forward': javaForward,
  kafkajs,
  tactus,
};

/** Kafka's own tool, which writes no keys: the settings that came out best on two cores shared with the broker. */
async function producerPerformance(bench: Bench, data: RawPoints): Promise<Measured> {
  const topic = bench.nextId();
  await createTopic(bench, topic);
  const child = new Child('ProducerPerformance', 'java', [
    ...['-Xmx1g', '-XX:+UseParallelGC', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'],
    ...['-cp', join(bench.kafkaJars, '*'), 'org.apache.kafka.tools.ProducerPerformance'],
    ...['--topic', topic, '--num-records', String(data.records), '--throughput', '-1'],
    ...['--record-size', String(KEY_BYTES + VALUE_BYTES), '--producer-props'],
    ...[`bootstrap.servers=${bench.env.KAFKA_BROKERS}`, 'acks=all', 'linger.ms=5'],
    ...[`batch.size=${256 << 10}`, `buffer.memory=${64 << 20}`],
  ]);
  const [, rate] = await child.line(new RegExp(`^${data.records} records sent, ([\\d.]+) records/sec`));
  const end = Date.now();
  await child.exited;
  return measured([child], end - (data.records / Number(rate)) * 1_000, end, []);
}

/** Kafka's consumer and producer for Java in one loop with transactions. */
async function javaForward(bench: Bench, data: RawPoints): Promise<Measured> {
  const id = bench.nextId();
  await createTopic(bench, id);
  const child = startJava(bench.classPath, 'Forward', {
    brokers: bench.env.KAFKA_BROKERS,
    ...{ input: data.topic, output: id, id, records: data.records },
  });
  const [, first] = await child.line(/^first (\d+)/);
  const [, done] = await child.line(/^done (\d+)/);
  await child.exited;
  const { records } = await countRecords(bench, id, [0, 0, 0, 0]);
  const problems = records === data.records ? [] : [`wrote ${records}, expected ${data.records}`];
  return measured([child], Number(first), Number(done), problems);
}

/** kafkajs's producer as it is, without transactions, and without reading anything. */
async function kafkajs(bench: Bench, data: RawPoints): Promise<Measured> {
  const topic = bench.nextId();
  await createTopic(bench, topic);
  const program = join(packageRoot(), 'dist', 'test', 'bench', 'ingest', 'kafkajs-producer.js');
  const sizes = [String(data.records), String(VALUE_BYTES)];
  const child = new Child('kafkajs', process.execPath, [program, bench.env.KAFKA_BROKERS, topic, ...sizes]);
  const [, first] = await child.line(/^first (\d+)/);
  const [, done] = await child.line(/^done (\d+)/);
  await child.stop();
  return measured([child], Number(first), Number(done), []);
}

/** The ingest worker as a user starts it: checks, de-duplication, dead letters, transactions. */
async function tactus(bench: Bench, data: RawPoints): Promise<Measured> {
  await forget(bench, data.prefix, 'ingest');
  const [metrics, dlq] = [`${data.prefix}metrics`, `${data.prefix}dlq`];
  for (const topic of [metrics, dlq])
    await createTopic(bench, topic, {
      'message.timestamp.type': 'LogAppendTime',
      'max.message.bytes': '16777216',
    });
  const watch = (topic: string) => Watch.start(bench.kafka, topic, PARTITIONS);
  const watches = [await watch(metrics), await watch(dlq)] as const;
  const worker = await startWorker(bench, data.prefix, 'ingest');
  try {
    const first = await firstRecord(worker);
    const count = (topic: string) => countRecords(bench, topic, [0, 0, 0, 0]);
    for (;;) {
      if (!worker.child.running) throw new Error(`tactus ended:\n${worker.child.tail}`);
      const stuck = Date.now() - Math.max(...watches.map(({ changedAt }) => changedAt)) > STUCK_MS;
      // Each transaction ends with a mark per partition: offsets alone are not yet the count.
      if (stuck || watches[0].added + watches[1].added >= data.valid + data.invalid) {
        const [points, letters] = [await count(metrics), await count(dlq)];
        if (stuck || (points.records >= data.valid && letters.records >= data.invalid)) {
          const problems: string[] = [];
          if (points.records !== data.valid)
            problems.push(`${points.records} points in metrics, expected ${data.valid}`);
          if (letters.records !== data.invalid)
            problems.push(`${letters.records} dead letters, expected ${data.invalid}`);
          const ends = [watches[0].readableAt(points.last), watches[1].readableAt(letters.last)];
          return measured([worker.child], first, Math.max(...ends.map((at) => at ?? Date.now())), problems);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  } finally {
    await worker.child.stop();
    for (const watch of watches) await watch.stop();
  }
}

async function countRecords(
  bench: Bench,
  topic: string,
  from: readonly number[],
): Promise<{ records: number; last: readonly number[] }> {
  const settings = { brokers: bench.env.KAFKA_BROKERS, topic, from: from.join(',') };
  const child = startJava(bench.classPath, 'Count', settings);
  const [, json] = await child.line(/^(\{"records".*\})$/);
  await child.exited;
  return JSON.parse(json as string) as { records: number; last: readonly number[] };
}
