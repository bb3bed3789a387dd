import { join } from 'node:path';
import { packageRoot } from '../../../shared/files/package-root.js';
import type { Bench } from '../stand.js';
import { Child } from './child.js';
import type { Dataset } from './dataset.js';
import { type Measured, measured } from './measure.js';

/** Readers that do nothing with what they read: the yardstick of a windowing worker. */

const DATE = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX";

/** Kafka's own tool, with a fetch size that suits it (its default of 1 MB is slower). */
export async function consumerPerformance(bench: Bench, data: Dataset): Promise<Measured> {
  const child = new Child('ConsumerPerformance', 'java', [
    ...['-Xmx512m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'],
    ...['-cp', join(bench.kafkaJars, '*'), 'org.apache.kafka.tools.ConsumerPerformance'],
    ...['--bootstrap-server', bench.env.KAFKA_BROKERS, '--topic', data.topic],
    ...['--messages', String(data.expected.records), '--group', bench.nextId()],
    ...['--fetch-size', String(4 << 20), '--date-format', DATE, '--hide-header'],
  ]);
  const [line] = await child.line(/^\d{4}-\d\d-\d\dT.*$/);
  await child.exited;
  // start, end, MB, MB/s, records, records/s, ms of joining the group, ms of fetching, MB/s, records/s
  const fields = line.split(',').map((field) => field.trim());
  const end = Date.parse(fields[1] as string);
  const problems =
    Number(fields[4]) === data.expected.records ? [] : [`read ${fields[4]} of ${data.expected.records}`];
  return measured([child], end - Number(fields[7]), end, problems);
}

/** kafkajs's consumer, in batches, without looking at a record. */
export async function kafkajs(bench: Bench, data: Dataset): Promise<Measured> {
  const program = join(packageRoot(), 'dist', 'test', 'bench', 'windowing', 'kafkajs-reader.js');
  const { topic, expected } = data;
  const child = new Child('kafkajs', process.execPath, [
    program,
    bench.env.KAFKA_BROKERS,
    topic,
    bench.nextId(),
    String(expected.records),
  ]);
  const [, first] = await child.line(/^first (\d+)/);
  const [, done] = await child.line(/^done (\d+)/);
  await child.stop();
  return measured([child], Number(first), Number(done), []);
}
