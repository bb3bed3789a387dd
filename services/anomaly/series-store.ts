import type { Millis } from '../../shared/core/clock.js';
import { type Cadence, isSilent } from '../../shared/detection/silence.js';
import { tenantOfSeriesKey } from '../../shared/wire/series.js';

/** What is kept of one series. */
export interface SeriesEntry<State> {
  state: State;
  /** Start of the last window that was scored. */
  lastStart: Millis;
  readonly cadence: Cadence;
  /** Whether its silence was reported. */
  isSilent: boolean;
}

export const EVICTION_REASONS = ['idle', 'limit', 'group'] as const;
export type EvictionReason = (typeof EVICTION_REASONS)[number];

/**
 * The series of one tenant, least recently scored first. Silent ones stand apart, and with them those whose silence is never
 * reported, however lately they were scored.
 */
interface Series<State> {
  readonly heard: Map<string, SeriesEntry<State>>;
  readonly silent: Map<string, SeriesEntry<State>>;
}

/**
 * The series of one partition, bounded in number and in idle time. Beyond the bound the tenant that has most loses the one
 * that was scored least recently: the many series of one cost no other what was learnt.
 *
 * A Map keeps the order of insertion: a series that is scored is taken out and put in again. A search for series that have
 * fallen silent passes none of those that are.
 */
export class SeriesStore<State> {
  readonly #tenants = new Map<string, Series<State>>();
  #size = 0;

  constructor(
    readonly maxSeries: number,
    readonly idleMs: Millis,
  ) {}

  get size(): number {
    return this.#size;
  }

  get(identity: string): SeriesEntry<State> | undefined {
    const series = this.#tenants.get(tenantOfSeriesKey(identity));
    return series?.heard.get(identity) ?? series?.silent.get(identity);
  }

  /** Puts the series last in the order of eviction. */
  set(identity: string, entry: SeriesEntry<State>): void {
    const tenant = tenantOfSeriesKey(identity);
    let series = this.#tenants.get(tenant);
    if (series === undefined) {
      series = { heard: new Map(), silent: new Map() };
      this.#tenants.set(tenant, series);
    }
    const wasThere = series.heard.delete(identity) || series.silent.delete(identity);
    if (!wasThere) this.#size += 1;
    (entry.isSilent ? series.silent : series.heard).set(identity, entry);
  }

  delete(identity: string): void {
    const tenant = tenantOfSeriesKey(identity);
    const series = this.#tenants.get(tenant);
    if (series === undefined) return;
    if (series.heard.delete(identity) || series.silent.delete(identity)) this.#size -= 1;
    if (countOf(series) === 0) this.#tenants.delete(tenant);
  }

  /** Series that have fallen silent by now; each is given once. */
  fallSilent(tick: number): (readonly [identity: string, entry: SeriesEntry<State>])[] {
    const found: (readonly [string, SeriesEntry<State>])[] = [];
    for (const { heard } of this.#tenants.values())
      for (const [identity, entry] of heard) {
        // All that follow were seen no longer ago.
        if (tick - entry.cadence.tick < SHORTEST_SILENCE) break;
        if (isSilent(entry.cadence, tick)) found.push([identity, entry]);
      }
    for (const [identity, entry] of found) {
      entry.isSilent = true;
      this.set(identity, entry);
    }
    return found;
  }

  /** Latest start that was scored, of those up to a time; 0 without any. */
  newest(until: Millis): Millis {
    let newest = 0;
    for (const { heard, silent } of this.#tenants.values())
      for (const entries of [heard, silent])
        for (const { lastStart } of entries.values())
          if (lastStart <= until) newest = Math.max(newest, lastStart);
    return newest;
  }

  /** Forgets series beyond the limit, and those idle at `newest`, the latest start seen. */
  evict(newest: Millis): { identity: string; reason: EvictionReason }[] {
    const gone: { identity: string; reason: EvictionReason }[] = [];
    const forget = (identity: string, reason: EvictionReason) => {
      this.delete(identity);
      gone.push({ identity, reason });
    };
    for (const { heard, silent } of this.#tenants.values())
      for (const entries of [silent, heard])
        for (const [identity, entry] of entries) {
          if (entry.lastStart >= newest - this.idleMs) break;
          forget(identity, 'idle');
        }
    while (this.#size > this.maxSeries) {
      forget(oldestOf(this.#largest()), 'limit');
    }
    return gone;
  }

  #largest(): Series<State> {
    let largest: Series<State> = { heard: new Map(), silent: new Map() };
    for (const series of this.#tenants.values()) if (countOf(series) > countOf(largest)) largest = series;
    return largest;
  }
}

/** The series unseen for longest. */
function oldestOf({ heard, silent }: Series<unknown>): string {
  const [[one, { cadence }] = NOBODY] = heard;
  const [[other, { cadence: otherCadence }] = NOBODY] = silent;
  return otherCadence.tick <= cadence.tick ? other : one;
}

function countOf({ heard, silent }: Series<unknown>): number {
  return heard.size + silent.size;
}

/** Seen later than all. */
const NOBODY = ['', { cadence: { tick: Number.POSITIVE_INFINITY } }] as const;

/** No cadence is so fast that fewer ticks are a silence. */
const SHORTEST_SILENCE = 9;
