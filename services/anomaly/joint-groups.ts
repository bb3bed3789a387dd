import type { WindowAggregate } from '../../schemas/types.js';
import type { Millis } from '../../shared/core/clock.js';
import { SharedRoom } from '../../shared/core/tenant-shares.js';
import { bounded } from '../../shared/detection/detector.js';
import {
  type JointResult,
  type JointState,
  newJoint,
  watchTogether,
} from '../../shared/detection/joint-watch.js';
import { tenantOfSeriesKey } from '../../shared/wire/series.js';

/** Most metrics that are watched together, the first to come. */
export const MOST_METRICS = 8;

/** The metrics of a tenant that have the same tags, such as those of one host. */
export interface JointGroup {
  readonly metrics: string[];
  /** Start of the windows of the row that is being filled, and its values; NaN for those not there yet. */
  start: Millis;
  values: Float64Array;
  joint: JointState;
}

/** A row that is one of its kind. */
export interface OddRow {
  readonly group: JointGroup;
  readonly row: Float32Array;
  readonly result: JointResult;
}

function newGroup(): JointGroup {
  return { metrics: [], start: 0, values: new Float64Array(0), joint: newJoint(0) };
}

/** A group makes room for another one when it has kept silent for so long, by the time of the windows. */
const IDLE_MS = 600_000;

/**
 * The groups of one partition, the one unseen for longest first; bounded. When all are in use, further
 * ones are not watched: were the oldest forgotten, none would be learnt for long enough. One tenant has four fifths
 * of them at most.
 */
export class JointGroups {
  readonly #groups = new Map<string, JointGroup>();
  readonly #room: SharedRoom;
  #gone: string[] = [];

  constructor(most: number) {
    this.#room = new SharedRoom(most);
  }

  get(key: string): JointGroup | undefined {
    return this.#groups.get(key);
  }

  set(key: string, group: JointGroup): void {
    if (!this.#groups.delete(key)) this.#room.added(tenantOfSeriesKey(key));
    this.#groups.set(key, group);
  }

  delete(key: string): void {
    if (this.#groups.delete(key)) this.#room.removed(tenantOfSeriesKey(key), this.#groups.size);
  }

  /**
   * Takes one figure. A row is scored once all metrics have theirs for the same start; rows that
   * stay incomplete are left out.
   */
  take(key: string, { metric, start }: WindowAggregate, value: number): OddRow | null {
    const group = this.#groups.get(key) ?? this.#admit(key, start);
    if (group === null) return null;
    this.set(key, group);
    let place = group.metrics.indexOf(metric);
    if (place < 0 && group.metrics.length < MOST_METRICS) place = widen(group, metric);
    if (place < 0 || start < group.start) return null;
    if (start > group.start) group.values.fill(Number.NaN);
    group.start = start;
    // A zero without a sign, as it is saved.
    group.values[place] = bounded(value) + 0;
    if (group.metrics.length < 2 || group.values.some(Number.isNaN)) return null;
    const row = Float32Array.from(group.values);
    // Only the first complete row of a start counts.
    group.values.fill(Number.NaN);
    const result = watchTogether(group.joint, row);
    return result.isAnomaly ? { group, row, result } : null;
  }

  /** Groups that have made room since the last call. */
  takeGone(): string[] {
    const gone = this.#gone;
    this.#gone = [];
    return gone;
  }

  #admit(wanted: string, start: Millis): JointGroup | null {
    const tenant = tenantOfSeriesKey(wanted);
    if (this.#hasRoomFor(tenant, this.#groups.size)) return newGroup();
    // A tenant that has its share would gain nothing by a group of another one.
    const isOfAny = this.#hasRoomFor(tenant, this.#groups.size - 1);
    for (const [key, group] of this.#groups) {
      if (start - group.start < IDLE_MS) return null;
      if (!isOfAny && tenantOfSeriesKey(key) !== tenant) continue;
      this.delete(key);
      this.#gone.push(key);
      return this.#hasRoomFor(tenant, this.#groups.size) ? newGroup() : null;
    }
    return null;
  }

  #hasRoomFor(tenant: string, size: number): boolean {
    const tenants = () => Array.from(this.#groups.keys(), tenantOfSeriesKey);
    return this.#room.refuses(tenant, size, tenants) === null;
  }
}

/** With another metric the rows have another meaning: what was learnt is dropped. */
function widen(group: JointGroup, metric: string): number {
  group.metrics.push(metric);
  group.values = new Float64Array(group.metrics.length).fill(Number.NaN);
  group.joint = newJoint(group.metrics.length);
  return group.metrics.length - 1;
}
