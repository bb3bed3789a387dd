import type { Event, MetricPoint } from '../../schemas/types.js';
import { checkPoint, checkSize, type Limits, type Rejection } from '../../shared/admission/policy.js';
import type { Tenants } from '../../shared/admission/tenants.js';
import type { Millis } from '../../shared/core/clock.js';
import type { OutputBatch } from '../../shared/core/output-batch.js';
import type { Saved, StateChange } from '../../shared/core/stage.js';
import type { ValueEncoder } from '../../shared/ports/codec.js';
import { recordKey, writeIdentity } from '../../shared/wire/series.js';
import type { DerivedAt, DerivedOutputs } from './ingest-options.js';
import { changeKey, changeValue, type LiveSeries, readChangeKey, weightOf } from './live-series.js';
import type { EventMapper, Mapped } from './mappings/event-mapper.js';
import { isQuotaKey } from './partition-quotas.js';
import { seriesRefused } from './series-refused.js';
import { SubjectHash } from './subject.js';

/** Partitions of events own their series beside those of `ingest.metrics`, which have the numbers below. */
export const FIRST_OWNER = 0x8000;
/** Mappings that a dead letter names; it has the number of the others. */
const MAX_NAMED = 3;

export interface MappedPointsOptions {
  readonly mapper: EventMapper;
  readonly encoder: ValueEncoder<MetricPoint>;
  readonly limits: Limits;
  readonly tenants: Tenants;
  /** The same as that of `ingest.metrics`: a tenant has one limit for both. */
  readonly series: LiveSeries;
  readonly seriesIdleMs: Millis;
  readonly seriesRefused: (tenant: string) => void;
  /** Called for each point, and for each mapping that could make none. */
  readonly mapped: (mapping: string, outcome: 'point' | 'failed') => void;
}

/**
 * Points of `metrics` made of accepted events, in the step that forwards the event. The policy is that of points
 * that were sent: names, values, tags, series. An event whose point is refused stays accepted.
 */
export class MappedPoints implements DerivedOutputs<Event> {
  readonly #hash = new SubjectHash();
  /** Of the event that was looked at last. */
  #event: Event | null = null;
  #mapped: readonly Mapped[] = [];

  constructor(private readonly options: MappedPointsOptions) {}

  restore({ partition, changelog }: Pick<Saved, 'partition' | 'changelog'>): void {
    this.options.series.open(FIRST_OWNER + partition);
    for (const [key, tenant] of changelog) {
      if (isQuotaKey(key)) continue;
      const [low, high] = readChangeKey(key);
      this.options.series.restore(low, high, tenant.toString(), FIRST_OWNER + partition);
    }
  }

  release(partition: number): void {
    this.options.series.release(FIRST_OWNER + partition);
  }

  sweep(partition: number, now: Millis): readonly StateChange[] {
    const { series, seriesIdleMs } = this.options;
    const gone = series.sweep(FIRST_OWNER + partition, now, seriesIdleMs);
    return gone.map(({ low, high }) => ({ key: changeKey(low, high), value: null }));
  }

  hasRoom(event: Event, { partition, arrival }: DerivedAt): boolean {
    const { mapper, series, tenants, limits } = this.options;
    this.#event = event;
    this.#mapped = mapper.map(event);
    const owner = FIRST_OWNER + partition;
    const limit = tenants.maxSeries(event.tenantId);
    const found = new Set<string>();
    let before = 0;
    for (const one of this.#mapped) {
      if (!('point' in one)) continue;
      const { tenantId, metric, id, tags } = one.point;
      this.#hash.use({ tenantId, name: metric, id, tags });
      const { seriesLow: low, seriesHigh: high } = this.#hash;
      const key = changeKey(low, high);
      if (found.has(key) || series.knows(low, high, owner)) continue;
      if (checkPoint(one.point, arrival, limits) !== null) continue;
      const weight = weightOf(writeIdentity({ tenantId, metric, tags }, null).length);
      const room = series.roomFor(low, high, tenantId, limit, owner, weight, before);
      if (room === 'ask') return false;
      if (room !== 'in') continue;
      found.add(key);
      before += weight;
    }
    return true;
  }

  /** Makes the points of an event. Gives why some were not made, all of it in one reason. */
  take(
    event: Event,
    { partition, arrival }: DerivedAt,
    outputs: OutputBatch,
    changes: StateChange[],
  ): Rejection | null {
    const { mapper, encoder, mapped } = this.options;
    const problems: string[] = [];
    for (const one of event === this.#event ? this.#mapped : mapper.map(event)) {
      const { name } = one.mapping;
      let problem = 'problem' in one ? one.problem : null;
      if ('point' in one) {
        const { point } = one;
        const value = encoder.encode(point);
        problem = this.#refused(point, value, partition, arrival, changes);
        if (problem === null) {
          const key = Buffer.from(recordKey(point.tenantId, point.metric));
          outputs.append('metrics', key, 0, key.length, value, 0, value.length);
        }
      }
      mapped(name, problem === null ? 'point' : 'failed');
      if (problem !== null) problems.push(`mapping ${name}: ${problem}`);
    }
    if (problems.length === 0) return null;
    const more = problems.length > MAX_NAMED ? `; and ${problems.length - MAX_NAMED} more` : '';
    const message = `the event was accepted, ${problems.slice(0, MAX_NAMED).join('; ')}${more}`;
    return { code: 'TACTUS_MAPPING_FAILED', message };
  }

  /** Why a point is refused, in words. */
  #refused(
    point: MetricPoint,
    value: Buffer,
    partition: number,
    arrival: Millis,
    changes: StateChange[],
  ): string | null {
    const { limits } = this.options;
    const rejection =
      checkSize(value.length, limits) ??
      checkPoint(point, arrival, limits) ??
      this.#checkSeries(point, partition, arrival, changes);
    return rejection === null ? null : `${rejection.message} (${rejection.code})`;
  }

  #checkSeries(
    { tenantId, metric, id, tags }: MetricPoint,
    partition: number,
    arrival: Millis,
    changes: StateChange[],
  ): Rejection | null {
    const { series, tenants } = this.options;
    const subject = { tenantId, name: metric, id, tags };
    this.#hash.use(subject);
    const { seriesLow: low, seriesHigh: high } = this.#hash;
    const owner = FIRST_OWNER + partition;
    if (series.touch(low, high, owner, arrival)) return null;
    const weight = weightOf(writeIdentity({ tenantId, metric, tags }, null).length);
    const limit = tenants.maxSeries(tenantId);
    const answer = series.admit(low, high, tenantId, limit, owner, arrival, weight);
    // What has to be asked was asked before the event was accepted.
    const refused = answer === 'ask' ? ({ scope: 'uncounted', limit, weight } as const) : answer;
    if (refused !== null) {
      this.options.seriesRefused(tenantId);
      return seriesRefused(refused, subject);
    }
    changes.push({ key: changeKey(low, high), value: changeValue(tenantId, weight) });
    return null;
  }
}
