import { join } from 'node:path';
import type { Bench } from '../stand.js';
import { createTopic, type Dataset } from './dataset.js';
import { startJava } from './java.js';
import { type Measured, measured, windowsReadable } from './measure.js';
import { Watch } from './watch.js';

export interface StreamsVariant {
  readonly topology: 'dsl' | 'panes';
  /** Where the pane-sharing version keeps its panes. */
  readonly panes?: 'store' | 'heap';
  readonly guarantee: 'at_least_once' | 'exactly_once_v2';
}

/** For trying settings out, such as `commit=200 poll=2000`; see Windows.java. */
const settings = Object.fromEntries(
  (process.env.BENCH_STREAMS ?? '')
    .split(' ')
    .filter((part) => part !== '')
    .map((part) => part.split('=') as [string, string]),
);

/** Kafka Streams with one thread, into a topic of its own; the time of starting the JVM does not count. */
export function streams(variant: StreamsVariant) {
  return async (bench: Bench, data: Dataset): Promise<Measured> => {
    const id = bench.nextId();
    const output = `${id}-windows`;
    await createTopic(bench, output, {}, data.partitions);
    const watch = await Watch.start(bench.kafka, output, data.partitions);
    const child = startJava(bench.classPath, 'Windows', {
      brokers: bench.env.KAFKA_BROKERS,
      input: data.topic,
      output,
      id,
      state: join(bench.dataDir, 'streams'),
      ...variant,
      ...settings,
    });
    try {
      const [, first] = await child.line(/^first (\d+)/);
      const { at, problems } = await windowsReadable(bench, watch, output, data, [child]);
      return measured([child], Number(first), at, problems);
    } finally {
      await child.stop();
      await watch.stop();
      await dropTopics(bench, id);
    }
  };
}

/** Output and changelogs: later runs shall not find a fuller disk. */
async function dropTopics(bench: Bench, id: string): Promise<void> {
  const topics = (await bench.admin.listTopics()).filter((topic) => topic.startsWith(`${id}-`));
  await bench.admin.deleteTopics({ topics });
}
