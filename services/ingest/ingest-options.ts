import type { Limits, Rejection } from '../../shared/admission/policy.js';
import type { Tenants } from '../../shared/admission/tenants.js';
import type { Millis } from '../../shared/core/clock.js';
import type { OutputBatch } from '../../shared/core/output-batch.js';
import type { Saved, StateChange } from '../../shared/core/stage.js';
import type { ValueDecoder } from '../../shared/ports/codec.js';
import type { TopicName } from '../../topics/names.js';
import type { ArrivalQuotas } from './arrival-quotas.js';
import type { LiveSeries } from './live-series.js';
import type { RecentIds } from './recent-ids.js';
import type { Subject } from './subject.js';

/** Where a record came in, and when. */
export interface DerivedAt {
  readonly partition: number;
  readonly arrival: Millis;
}

/** What is made of accepted records besides: nothing of it keeps a record from being forwarded. */
export interface DerivedOutputs<T> {
  /** Its entries of the stage's changelog. */
  restore(saved: Pick<Saved, 'partition' | 'changelog'>): void;
  release(partition: number): void;
  /** The changes that come of what has not been seen for long. */
  sweep(partition: number, now: Millis): readonly StateChange[];
  /** False where it has to be asked first whether there is room for what it would make of a record that is to be accepted. */
  hasRoom(value: T, at: DerivedAt): boolean;
  /** Takes a record that was accepted just now, and adds what it makes. Gives why it could not make all of it. */
  take(value: T, at: DerivedAt, outputs: OutputBatch, changes: StateChange[]): Rejection | null;
}

/** What the stage needs to know of the kind of record that it lets in. */
export interface IngestOptions<T> {
  readonly output: TopicName;
  readonly decoder: ValueDecoder<T>;
  readonly limits: Limits;
  readonly check: (value: T, arrival: Millis, limits: Limits) => Rejection | null;
  readonly subject: (value: T) => Subject;
  /** True when values are MetricPoints, which are read where they lie. */
  readonly inPlace: boolean;
  readonly tenants: Tenants;
  /** What tenants may send; shared by all partitions in the process. */
  readonly quotas?: ArrivalQuotas;
  /** By which partitions take turns; without it they are all alike. */
  readonly ranks?: Pick<Tenants, 'ranked' | 'rankOf'>;
  /** Shared by all partitions of this topic in the process. */
  readonly recentIds: RecentIds;
  readonly dedupWindowMs: Millis;
  /** The same; null where records have no series. */
  readonly series: LiveSeries | null;
  readonly seriesIdleMs: Millis;
  /** Called for each record that is refused for its new series. */
  readonly seriesRefused?: (tenant: string) => void;
  /** What is made of records that are decoded. */
  readonly derived?: DerivedOutputs<T>;
  /** Most records of a step, where they take long. */
  readonly atOnce?: number;
  /** How stream time is kept; null where records have none that windows depend on. */
  readonly time: {
    readonly timestamp: (value: T) => Millis;
    readonly idleTimeoutMs: Millis;
  } | null;
  /** Called with the number of duplicates that a step has dropped. */
  readonly duplicates?: (count: number) => void;
}
