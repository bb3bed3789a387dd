import type { Millis } from '../core/clock.js';

/** Whose stream time counts at a reader: an input partition of the stage that writes what is read. */
export interface SourceName {
  /** Consumer group of the stage, without the prefix; empty for everybody who writes without time notes. */
  readonly stage: string;
  /** Input of the stage, the logical name; empty as above. */
  readonly topic: string;
  readonly partition: number;
}

/** Those who write without time notes, all together. */
export const DIRECT: SourceName = { stage: '', topic: '', partition: 0 };

/**
 * Why a source is left out of the minimum until it has caught up. `hold`: it stood still for too long while others
 * went on; `slow`: it was read to its end and yet far behind all others; `forgotten`: somebody has said that it is
 * gone for good.
 */
export type PassedOver = 'hold' | 'slow' | 'forgotten';

/** Of a source that is read to its end and yet far behind others (slow-sources.ts), on the clock of holds. */
export interface Slowness {
  /** For how long it has been heard of as such. */
  ms: Millis;
  /** When it was heard of last. */
  at: Millis;
}

/** What is known of a source. */
export interface Source extends SourceName {
  /** -Infinity before the first one. */
  time: Millis;
  /** With a time of -Infinity: it has never had a record. */
  atEnd: boolean;
  /** It had never had a record at its time. It holds the time there, and moves it nowhere by itself. */
  empty: boolean;
  passedOver: PassedOver | null;
  /** False from when it is forgotten until it is heard of. */
  heard: boolean;
  /** On the clock of holds: it has stood still since then, or less, with another source ahead of it. */
  behindSince: number | null;
  slow: Slowness | null;
  /** When the last note came that names it, by the log's clock; -Infinity before the first one. */
  coveredAt: Millis;
  /** The same of claims. */
  claimedAt: Millis;
  /** When its time last moved, by the same clock. */
  movedAt: Millis;
}

/** Receives what becomes of sources, for logs and metrics. */
export interface SourceObserver {
  passedOver(source: Source, why: PassedOver): void;
  /** It counts again. */
  caughtUp(source: Source, was: PassedOver): void;
}

export interface SourceTimesOptions {
  readonly idleTimeoutMs: Millis;
  /** How long a source may stand still while others go on. */
  readonly holdMs: Millis;
  readonly observer?: SourceObserver | undefined;
}

/** All sources of one stage and input; a source's index is its partition. */
export interface SourceGroup {
  readonly stage: string;
  readonly topic: string;
  readonly sources: Source[];
}

export function newSource({ stage, topic, partition }: SourceName): Source {
  return {
    ...{ stage, topic, partition },
    time: Number.NEGATIVE_INFINITY,
    atEnd: false,
    empty: false,
    passedOver: null,
    heard: true,
    behindSince: null,
    slow: null,
    coveredAt: Number.NEGATIVE_INFINITY,
    claimedAt: Number.NEGATIVE_INFINITY,
    movedAt: Number.NEGATIVE_INFINITY,
  };
}

export function groupOf(
  groups: readonly SourceGroup[],
  { stage, topic }: Pick<SourceName, 'stage' | 'topic'>,
): SourceGroup | undefined {
  return groups.find((each) => each.stage === stage && each.topic === topic);
}

/** Adds sources that nothing is known of until the group has `partitions`. */
export function growGroup({ stage, topic, sources }: SourceGroup, partitions: number): void {
  for (let partition = sources.length; partition < partitions; partition++)
    sources.push(newSource({ stage, topic, partition }));
}

export function allSources(direct: Source, groups: readonly SourceGroup[]): Source[] {
  return [direct, ...groups.flatMap(({ sources }) => sources)];
}

/** When a note or claim last named it, by the log's clock. */
export function heardAt({ coveredAt, claimedAt }: Source): Millis {
  return Math.max(coveredAt, claimedAt);
}

/** It was passed over for standing still. */
export function isHeld({ passedOver }: Source): boolean {
  return passedOver === 'hold';
}
