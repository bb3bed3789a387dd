import type { HeldGroup } from '../../shared/windows/session-groups.js';
import type { Series } from '../../shared/wire/series.js';
import { isOfCounter } from './held-counters.js';

/** An entry of the changelog. */
export interface HeldSeries {
  readonly key: string;
  /** Of the definition. */
  readonly fingerprint: string;
  readonly series: Series;
  readonly held: HeldGroup;
}

export function heldKey(fingerprint: string, { tenantId, metric, tags }: Series): string {
  return JSON.stringify([fingerprint, tenantId, metric, tags]);
}

/** Null for a series that is no longer held. `closed` is left out while it is infinitely early. */
export function heldValue(held: HeldGroup | null): Buffer | null {
  if (held === null) return null;
  const { since, closed } = held;
  return Buffer.from(JSON.stringify(Number.isFinite(closed) ? { since, closed } : { since }));
}

export function* readHeld(changelog: ReadonlyMap<string, Buffer>): Generator<HeldSeries> {
  for (const [key, value] of changelog) {
    if (isOfCounter(key)) continue;
    const [fingerprint, tenantId, metric, tags] = JSON.parse(key) as [string, string, string, Series['tags']];
    const { since, closed } = JSON.parse(value.toString('utf8')) as { since: number; closed?: number };
    const held = { since, closed: closed ?? Number.NEGATIVE_INFINITY };
    yield { key, fingerprint, series: { tenantId, metric, tags }, held };
  }
}
