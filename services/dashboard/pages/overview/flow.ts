import type { Answer } from '../../api/call.js';
import type { Tone } from '../../parts/tone.js';
import { figure } from '../../time/format.js';

/*
 * The pipeline as nodes and edges. Without DOM.
 */

export type Pipeline = Answer<'GET /pipeline'>;
export type Worker = Pipeline['workers'][number];
export type Topic = Pipeline['topics'][number];
type Health = Pipeline['health'];

export interface FlowNode {
  /** `worker:NAME` or `topic:NAME`. */
  readonly id: string;
  readonly kind: 'worker' | 'topic';
  readonly name: string;
}

export interface FlowEdge {
  readonly from: string;
  readonly to: string;
  /** Drawn only beside one of its ends: what is refused, replayed or goes back would cross everything else. */
  readonly isAside: boolean;
}

export interface Flow {
  readonly nodes: readonly FlowNode[];
  readonly edges: readonly FlowEdge[];
}

const LETTERS = 'dlq';
const API = 'api';

export const workerId = (name: string): string => `worker:${name}`;
export const topicId = (name: string): string => `topic:${name}`;

/** Without topics in which one worker alone keeps something for itself. */
export function flowOf({ topics, workers }: Pipeline): Flow {
  const shown = topics.filter(({ writtenBy, readBy }) => {
    const all = new Set([...writtenBy, ...readBy]);
    return all.size !== 1 || writtenBy.length === 0 || readBy.length === 0;
  });
  const names = new Set(workers.map(({ worker }) => worker));
  return {
    nodes: [
      ...workers.map(({ worker: name }): FlowNode => ({ id: workerId(name), kind: 'worker', name })),
      ...shown.map(({ topic: name }): FlowNode => ({ id: topicId(name), kind: 'topic', name })),
    ],
    edges: shown.flatMap(({ topic, writtenBy, readBy }) => [
      ...writtenBy
        .filter((name) => names.has(name))
        .map((name) => ({
          ...{ from: workerId(name), to: topicId(topic) },
          isAside: topic === LETTERS || name === API || readBy.includes(name),
        })),
      ...readBy
        .filter((name) => names.has(name))
        .map((name) => ({ from: topicId(topic), to: workerId(name), isAside: false })),
    ]),
  };
}

export const HEALTHS: Readonly<Record<Health, { readonly text: string; readonly tone: Tone }>> = {
  ok: { text: 'runs', tone: 'ok' },
  unused: { text: 'not set up', tone: 'plain' },
  // Of those that read no topic in a group, which nothing is known of.
  unknown: { text: 'no consumer group', tone: 'plain' },
  rebalancing: { text: 'shares out partitions', tone: 'warn' },
  behind: { text: 'is behind', tone: 'warn' },
  stalled: { text: 'stands still', tone: 'bad' },
  down: { text: 'does not run', tone: 'bad' },
};

/** Of one worker: records, and the seconds of the group that is farthest behind; null where nothing is known. */
export function lagOf({ groups }: Worker): {
  readonly records: number | null;
  readonly seconds: number | null;
} {
  const used = groups.filter(({ health }) => health !== 'unused');
  const records = used.flatMap(({ lagRecords }) => (lagRecords === null ? [] : [lagRecords]));
  const seconds = used.flatMap(({ lagSeconds }) => (lagSeconds === null ? [] : [lagSeconds]));
  return {
    records: records.length === 0 ? null : records.reduce((a, b) => a + b, 0),
    seconds: seconds.length === 0 ? null : Math.max(...seconds),
  };
}

/** Records per second that its groups read in all; of a worker without groups, null. */
export function readRateOf({ groups }: Worker): number | null {
  const rates = groups.flatMap(({ inputs }) =>
    inputs.flatMap(({ readPerSecond }) => (readPerSecond === null ? [] : [readPerSecond])),
  );
  return rates.length === 0 ? null : rates.reduce((a, b) => a + b, 0);
}

/** How hard it is for a worker to keep up, in the colours in which Flink shows back-pressure. */
export type Pressure = 'none' | 'calm' | 'busy' | 'behind';

const BUSY_S = 5;
const BEHIND_S = 30;

export function pressureOf(worker: Worker): Pressure {
  const { seconds } = lagOf(worker);
  if (seconds === null) return 'none';
  return seconds >= BEHIND_S ? 'behind' : seconds >= BUSY_S ? 'busy' : 'calm';
}

/** The worker that what is behind it waits for: the one that is farthest behind, if any is. */
export function bottleneckOf({ workers }: Pipeline): string | null {
  const [first] = workers
    .map((worker) => ({ name: worker.worker, seconds: lagOf(worker).seconds ?? 0 }))
    .filter(({ seconds }) => seconds >= BUSY_S)
    .sort((a, b) => b.seconds - a.seconds);
  return first?.name ?? null;
}

/** Records per second over an edge; of several writers nobody knows which wrote how many. */
export function edgeRate({ from, to }: FlowEdge, { topics, workers }: Pipeline): number | null {
  const worker = workers.find(({ worker: name }) => workerId(name) === to);
  if (worker === undefined)
    return topics.find(({ topic }) => topicId(topic) === to)?.writtenPerSecond ?? null;
  const rates = worker.groups.flatMap(({ inputs }) =>
    inputs.flatMap(({ topic, readPerSecond }) =>
      topicId(topic) === from && readPerSecond !== null ? [readPerSecond] : [],
    ),
  );
  return rates.length === 0 ? null : Math.max(...rates);
}

/** What the watermark waits for, from the partition that holds it to the windows; none where nothing is open. */
export function criticalPath({ watermark, workers }: Pipeline): ReadonlySet<string> {
  const { holder, partition } = watermark;
  if (partition === null) return new Set();
  const reader = workers.find(({ worker }) => worker === 'windowing');
  const after = [topicId('metrics'), ...(reader === undefined ? [] : [workerId(reader.worker)])];
  const before =
    holder === null || holder.stage === '' ? [] : [topicId(holder.topic), workerId(holder.stage)];
  return new Set([...before, ...after]);
}

/** In words. */
export function criticalText({ watermark }: Pipeline): string {
  const { holder, partition, delaySeconds } = watermark;
  if (partition === null || delaySeconds === null)
    return 'No window is open: nothing waits for the watermark.';
  const where = `partition ${partition} of metrics`;
  const late = `${secondsText(delaySeconds)} behind`;
  if (holder === null) return `The watermark is ${late}, at ${where}.`;
  if (holder.stage === '')
    return `The watermark is ${late}, at ${where}: it waits for who writes to metrics itself.`;
  return `The watermark is ${late}, at ${where}: ${holder.stage} is the farthest back in partition ${holder.partition} of ${holder.topic}.`;
}

/** `1.4`, `35`. */
export const rateText = (rate: number): string =>
  figure(rate < 10 ? Number(rate.toFixed(1)) : Math.round(rate));

/** `0 s`, `1.4 s`, `35 s`, `3 min`. */
export function secondsText(seconds: number | null): string {
  if (seconds === null) return '–';
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
