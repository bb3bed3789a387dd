import type { LastPoint } from '../../shared/windows/counters.js';
import type { LatePoint } from '../../shared/windows/late-counters.js';
import type { Series } from '../../shared/wire/series.js';

/*
 * What the changelog knows of counters: the last point of each before the open windows, and late points. A key begins with what it is
 * about and the store of windows that the counter is counted for.
 */
const LAST = 'counter';
const LATE = 'late';
const ENTRY = /^\["(?:counter|late)","[^"]*",/;

/** An entry of the changelog. */
export interface HeldCounter {
  readonly key: string;
  readonly store: string;
  readonly series: Series;
  readonly point: LastPoint | LatePoint;
}

export function lastKey(store: string, { tenantId, metric, tags }: Series): string {
  return JSON.stringify([LAST, store, tenantId, metric, tags]);
}

export function lastValue(last: LastPoint | null): Buffer | null {
  return last === null ? null : Buffer.from(JSON.stringify(last));
}

export function lateKey(store: string, offset: number): string {
  return JSON.stringify([LATE, store, offset]);
}

/** A start that is not known is left out. */
export function lateValue({ tenantId, metric, tags }: Series, late: LatePoint | null): Buffer | null {
  if (late === null) return null;
  const start = Number.isNaN(late.start) ? undefined : late.start;
  return Buffer.from(JSON.stringify({ ...late, start, tenantId, metric, tags }));
}

/** Entries of sessions begin with a fingerprint, which has another length. */
export function isOfCounter(key: string): boolean {
  return ENTRY.test(key);
}

export function* readCounters(changelog: ReadonlyMap<string, Buffer>): Generator<HeldCounter> {
  for (const [key, value] of changelog) {
    if (!isOfCounter(key)) continue;
    const [what, store, ...rest] = JSON.parse(key) as [string, string, ...unknown[]];
    const read = JSON.parse(value.toString('utf8'));
    if (what === LAST) {
      const [tenantId, metric, tags] = rest as [string, string, Series['tags']];
      yield { key, store, series: { tenantId, metric, tags }, point: read as LastPoint };
    } else {
      const { tenantId, metric, tags, start = Number.NaN, ...late } = read as LatePoint & Series;
      yield { key, store, series: { tenantId, metric, tags }, point: { ...late, start } };
    }
  }
}
