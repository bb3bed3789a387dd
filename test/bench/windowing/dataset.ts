import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { packageRoot } from '../../../shared/files/package-root.js';
import { until } from '../../support/until.js';
import { type Bench, removeTopic } from '../stand.js';
import type { Child } from './child.js';
import { startJava } from './java.js';

/** Of the topics of a bench that has no option for it. */
export const PARTITIONS = 4;

/** What the windows of a definition add up to. */
export interface Totals {
  readonly windows: number;
  readonly count: number;
  readonly sum: number;
}

export interface Expected {
  readonly points: number;
  /** Points, and the one per partition that closes all windows. */
  readonly records: number;
  readonly definitions: Readonly<Record<string, Totals>>;
}

/** A filled topic `<prefix>metrics`, and what must come out of it. */
export interface Dataset {
  readonly prefix: string;
  readonly topic: string;
  readonly series: number;
  readonly partitions: number;
  readonly expected: Expected;
}

/** A topic whose points are there but in an open transaction: nobody sees them before `release`. */
export interface HeldDataset extends Dataset {
  /** Commits; gives the time just before, in ms since the epoch. */
  release(): Promise<number>;
}

/** What points are: gauges, the same in the schema's first version, counters, or gauges of which one of a hundred is traced. */
export type PointKind = 'gauge' | 'first' | 'cumulative' | 'traced';

const POINTS_PER_MS = 20;
const BEHIND_MS = 10 * 60_000;
const ALIGN_MS = 10_000;

export async function fill(
  bench: Bench,
  points: number,
  series: number,
  partitions = PARTITIONS,
  kind: PointKind = 'gauge',
): Promise<Dataset> {
  const prefix = `bench-${kind}-${points}-${series}-${partitions}.`;
  const topic = `${prefix}metrics`;
  const notes = join(bench.dataDir, `${prefix}json`);
  if (existsSync(notes))
    return {
      prefix,
      topic,
      series,
      partitions,
      expected: JSON.parse(readFileSync(notes, 'utf8')) as Expected,
    };
  const began = performance.now();
  const filling = await startFilling(bench, topic, points, series, { partitions, kind });
  const [, json] = await filling.line(/^(\{"points".*\})$/);
  await filling.exited;
  writeFileSync(notes, json as string);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  bench.progress(`filled ${topic} with ${points} points of ${series} series in ${seconds} s`);
  return { prefix, topic, series, partitions, expected: JSON.parse(json as string) as Expected };
}

export async function fillHeld(
  bench: Bench,
  points: number,
  series: number,
  partitions: number,
): Promise<HeldDataset> {
  const prefix = `bench-held-${bench.nextId()}.`;
  const topic = `${prefix}metrics`;
  const filling = await startFilling(bench, topic, points, series, { partitions, hold: true });
  const [, json] = await filling.line(/^(\{"points".*\})$/);
  const release = async (): Promise<number> => {
    filling.say('commit');
    const [, at] = await filling.line(/^commit (\d+)/);
    return Number(at);
  };
  return { prefix, topic, series, partitions, expected: JSON.parse(json as string) as Expected, release };
}

/** Creates a topic and starts filling it; see Fill.java. */
export async function startFilling(
  bench: Bench,
  topic: string,
  points: number,
  series: number,
  how: {
    readonly partitions?: number;
    readonly hold?: boolean;
    readonly faults?: boolean;
    readonly kind?: PointKind;
  } = {},
): Promise<Child> {
  const { partitions = PARTITIONS, hold = false, faults = false, kind = 'gauge' } = how;
  const schema = await registerSchema(bench.env.SCHEMA_REGISTRY_URL, topic, kind === 'first');
  const config = { 'message.timestamp.type': 'LogAppendTime', 'retention.ms': '-1' };
  await createTopic(bench, topic, config, partitions);
  const start = Date.now() - BEHIND_MS - points / POINTS_PER_MS;
  return startJava(bench.classPath, 'Fill', {
    brokers: bench.env.KAFKA_BROKERS,
    topic,
    partitions,
    points,
    series,
    schema,
    hold,
    faults,
    kind,
    start: Math.floor(start / ALIGN_MS) * ALIGN_MS,
  });
}

/** Creates a topic, empty: one of that name that an interrupted run has left is removed first. */
export async function createTopic(
  bench: Bench,
  topic: string,
  config: Readonly<Record<string, string>> = {},
  partitions = PARTITIONS,
): Promise<void> {
  await removeTopic(bench.admin, topic);
  await bench.admin.createTopics({
    waitForLeaders: false,
    topics: [
      {
        topic,
        numPartitions: partitions,
        replicationFactor: 1,
        configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
      },
    ],
  });
  // Brokers learn of a topic a moment after the controller has created it.
  await until(`the topic ${topic}`, async () => (await bench.admin.fetchTopicOffsets(topic)).length > 0);
}

/** Registers the schema of points for a topic, or its first version; gives its id. */
export async function registerSchema(host: string, topic: string, first = false): Promise<number> {
  const file = first ? join('versions', 'metric-point', '1.avsc') : 'metric-point.avsc';
  const schema = readFileSync(join(packageRoot(), 'schemas', file), 'utf8');
  const { id } = await new SchemaRegistry({ host }).register(
    { type: SchemaType.AVRO, schema },
    { subject: `${topic}-value`, updateConfig: false },
  );
  return id;
}
