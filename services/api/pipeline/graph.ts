import { isRebalancing } from '../../../shared/adapters/kafka/protocol/describe-group.js';
import { OPTIONAL_GROUPS, type PipelineWorker } from '../../../shared/catalog/pipeline.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { TopicName } from '../../../topics/names.js';
import { RATE_MS } from './pipeline-reader.js';
import type { GroupPlace, GroupSample, PipelineSample } from './sample.js';
import { watermarkOf } from './watermark.js';

/** What comes so late is behind. */
const BEHIND_MS: Millis = 30_000;
/** A group that has gone nowhere for so long, and has records to read, stands still. */
const STALLED_MS: Millis = 30_000;
/** Rates of less say little. */
const LEAST_RATE_MS: Millis = 1_000;

/** The best first. `unused` and `unknown` say nothing against the whole. */
export const HEALTH = ['ok', 'unused', 'unknown', 'rebalancing', 'behind', 'stalled', 'down'] as const;
type Health = (typeof HEALTH)[number];

interface Lag {
  readonly lagRecords: number | null;
  readonly lagSeconds: number | null;
}

/** The pipeline as topics and the workers between them. @param samples at least one, the newest last */
export function graphOf(samples: readonly PipelineSample[], workers: readonly PipelineWorker[]) {
  const newest = samples.at(-1) as PipelineSample;
  const first = samples.find(({ at }) => at >= newest.at - RATE_MS) ?? newest;
  const before = newest.at - first.at >= LEAST_RATE_MS ? first : null;
  const nodes = workers.map((worker) => {
    const groups = newest.groups
      .filter(({ group }) => worker.groups.includes(group))
      .map((group) => groupOf(group, newest, before));
    return {
      ...{ worker: worker.worker, reads: worker.reads, writes: worker.writes, groups },
      health: worstOf(groups.map(({ health }) => health)),
    };
  });
  return {
    sampledAt: new Date(newest.at).toISOString(),
    rateSeconds: before === null ? null : (newest.at - before.at) / 1_000,
    health: worstOf(nodes.map(({ health }) => health).filter((one) => one !== 'unused' && one !== 'unknown')),
    topics: [...newest.ends].map(([topic, ends]) => ({
      topic,
      partitions: ends.length,
      writtenPerSecond:
        ends.length === 0 ? null : rateOf(newest, before, (sample) => sum(sample.ends.get(topic) ?? [])),
      writtenBy: workers.filter(({ writes }) => writes.includes(topic)).map(({ worker }) => worker),
      readBy: workers.filter(({ reads }) => reads.includes(topic)).map(({ worker }) => worker),
    })),
    workers: nodes,
    watermark: watermarkOf(newest.times, newest.at),
  };
}

function groupOf(group: GroupSample, newest: PipelineSample, before: PipelineSample | null) {
  const { state, members } = group;
  const old = before?.groups.find((one) => one.group === group.group);
  const inputs = [...Map.groupBy(group.places, ({ topic }) => topic)].map(([topic, places]) => {
    const ends = newest.ends.get(topic) ?? [];
    const partitions = places.map((place) => ({
      partition: place.partition,
      ...{ nextOffset: place.next, endOffset: ends[place.partition] ?? 0 },
      ...lagOf(place, ends[place.partition] ?? 0, newest.at),
    }));
    const then = old?.places.filter((place) => place.topic === topic);
    return {
      topic,
      ...mostOf(partitions),
      readPerSecond:
        then === undefined ? null : rateOf(newest, before, (sample) => readOf(sample, group.group, topic)),
      partitions,
    };
  });
  const lag = mostOf(inputs);
  return {
    ...{ group: group.group, state: stateOf(group), members, ...lag },
    health: healthOf({
      group: group.group,
      state,
      members,
      lag,
      inputs,
      seenMs: before === null ? 0 : newest.at - before.at,
    }),
    inputs,
  };
}

/** What is committed of nothing is all still to be read. */
function lagOf({ next, start, waitsSince }: GroupPlace, end: number, at: Millis): Lag {
  const from = next ?? start;
  if (from === null) return { lagRecords: null, lagSeconds: null };
  const lagRecords = Math.max(0, end - from);
  if (lagRecords === 0) return { lagRecords, lagSeconds: 0 };
  return { lagRecords, lagSeconds: waitsSince === null ? null : Math.max(0, at - waitsSince) / 1_000 };
}

/** Records of all, and the seconds of the one that is farthest behind. */
function mostOf(lags: readonly Lag[]): Lag {
  const records = lags.map(({ lagRecords }) => lagRecords);
  const seconds = lags.map(({ lagSeconds }) => lagSeconds).filter((one) => one !== null);
  return {
    lagRecords: records.length === 0 || records.includes(null) ? null : sum(records as number[]),
    lagSeconds: seconds.length === 0 ? null : Math.max(...seconds),
  };
}

function readOf({ groups }: PipelineSample, group: string, topic: TopicName): number {
  const places = groups.find((one) => one.group === group)?.places ?? [];
  return sum(places.filter((place) => place.topic === topic).map(({ next, start }) => next ?? start ?? 0));
}

/** Null without a sample from before. A topic that was made anew begins at 0. */
function rateOf(
  newest: PipelineSample,
  before: PipelineSample | null,
  count: (sample: PipelineSample) => number,
): number | null {
  if (before === null) return null;
  return Math.max(0, (count(newest) - count(before)) / ((newest.at - before.at) / 1_000));
}

function stateOf(group: GroupSample) {
  const { members, places } = group;
  if (isRebalancing(group)) return 'rebalancing';
  if (members > 0) return 'running';
  return places.length > 0 ? 'stopped' : 'absent';
}

export const GROUP_STATES = ['running', 'rebalancing', 'stopped', 'absent'] as const;

function healthOf(one: {
  readonly group: string;
  readonly state: string;
  readonly members: number;
  readonly lag: Lag;
  readonly inputs: readonly { readonly readPerSecond: number | null; readonly lagRecords: number | null }[];
  readonly seenMs: Millis;
}): Health {
  const { group, members, lag, inputs, seenMs } = one;
  if (members === 0) return inputs.length === 0 && OPTIONAL_GROUPS.includes(group) ? 'unused' : 'down';
  const stands = inputs.some(({ readPerSecond, lagRecords }) => readPerSecond === 0 && (lagRecords ?? 0) > 0);
  if ((lag.lagSeconds ?? 0) >= BEHIND_MS / 1_000)
    return stands && seenMs >= STALLED_MS ? 'stalled' : 'behind';
  return isRebalancing(one) ? 'rebalancing' : 'ok';
}

/** `unknown` where there is nothing to go by. */
function worstOf(healths: readonly Health[]): Health {
  const used = healths.filter((one) => one !== 'unused');
  if (used.length === 0) return healths.length === 0 ? 'unknown' : 'unused';
  return HEALTH[Math.max(...used.map((one) => HEALTH.indexOf(one)))] as Health;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
