import { setImmediate } from 'node:timers/promises';
import type { Millis } from '../../../../shared/core/clock.js';
import { TactusError } from '../../../../shared/core/errors.js';
import { ensemble, WARM_UP } from '../../../../shared/detection/ensemble.js';
import { observeSeries } from '../../../../shared/detection/observe-series.js';
import { formatDuration } from '../../../../shared/files/duration.js';
import type { TenantReader } from '../tenant-database.js';
import { type Plan, WINDOW } from './plan.js';

/*
 * What was expected of a series, computed as the anomaly worker does: its detector runs over the stored windows, in order. It knows
 * nothing before the first of them, so that it begins some time before the range.
 */

/** Days have a shape that the detector learns: two show it. */
const LEARNS_MS = 2 * 86_400_000;
const WINDOW_MS = 10_000;
/** Of all series together, with those that are learnt from; a window takes some 4 µs. */
const MAX_WINDOWS = 100_000;
export const MAX_BAND_SERIES = 5;
/** Windows between which others get to work. */
const SLICE = 500;

export interface Band {
  readonly time: Millis;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
}

/** The windows of a series in order; `v` is what the worker watches. */
export interface BandSeries {
  readonly tags: Record<string, string>;
  readonly windows: { readonly t: Millis; readonly v: number }[];
}

/** What was expected of a series, and what came of it. */
export interface FoundBand {
  readonly steps: readonly Band[];
  /** Windows of the range that a band is known for; those of them with a value outside; those that are anomalies. */
  readonly windows: number;
  readonly outside: number;
  readonly anomalies: number;
}

export interface BandSearch {
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
  /** As of `SeriesSearch`. */
  readonly exact: boolean;
  readonly plan: Plan;
}

/** What a band of this plan is of: steps of windows at least. */
export function bandStepMs({ stepMs }: Plan): Millis {
  return Math.max(stepMs, WINDOW_MS);
}

/**
 * Windows of the range and of the time that is learnt from.
 *
 * @throws TactusError `TACTUS_QUERY_TOO_LARGE`
 */
export async function findBandWindows(
  reader: TenantReader,
  { metric, tags, exact, plan }: BandSearch,
): Promise<BandSeries[]> {
  // By the hash that the index of windows has, so that those of the other series are not read.
  const one = exact ? 'tags = $5::jsonb AND tags_md5 = md5($5::jsonb::text)::uuid' : 'tags @> $5::jsonb';
  // Of members, whose values are hashes, it is how many different ones there were.
  const rows = await reader.rows<{ tags: Record<string, string>; t: Millis; v: number }>(
    `SELECT tags, extract(epoch FROM start)::float8 * 1000 AS t, coalesce("distinct"::float8, mean) AS v
     FROM tactus_tenant.windows
     WHERE metric = $1 AND "window" = $2 AND start >= $3 AND start < $4 AND ${one}
     ORDER BY tags, start LIMIT $6`,
    [
      ...[metric, WINDOW, new Date(plan.start - LEARNS_MS), new Date(plan.end)],
      ...[JSON.stringify(tags), MAX_WINDOWS + 1],
    ],
  );
  if (rows.length > MAX_WINDOWS)
    throw tooLarge(
      `is learnt from more than ${MAX_WINDOWS} windows, those of ${formatDuration(LEARNS_MS)} before the range among them`,
    );
  const found: BandSeries[] = [];
  let key = '';
  for (const { tags: own, t, v } of rows) {
    const text = JSON.stringify(own);
    if (found.length === 0 || text !== key) found.push({ tags: own, windows: [] });
    key = text;
    found.at(-1)?.windows.push({ t, v });
  }
  if (found.length > MAX_BAND_SERIES) throw tooLarge(`is of at most ${MAX_BAND_SERIES} series`);
  return found;
}

/**
 * The band of one series, a figure for each step that has windows; none for the first windows of a series, of which nothing is known.
 * Figures of a step that has several windows are their means. Lets others work in between.
 *
 * @param sensitivity of the detector
 * @throws TactusError `TACTUS_QUERY_TIMEOUT` where the client has gone
 */
export async function bandOf(
  { windows }: BandSeries,
  plan: Plan,
  sensitivity: number,
  gone: AbortSignal,
): Promise<FoundBand> {
  const observe = observeSeries(ensemble({ sensitivity }));
  const counts = { windows: 0, outside: 0, anomalies: 0 };
  const stepMs = bandStepMs(plan);
  const band: (Band & { readonly of: number })[] = [];
  for (const [i, { t, v }] of windows.entries()) {
    if (i % SLICE === SLICE - 1) {
      await setImmediate();
      if (gone.aborted)
        throw new TactusError('TACTUS_QUERY_TIMEOUT', 'computing a band: the client has gone');
    }
    const { expected, lower, upper, isAnomaly } = observe({ at: t, value: v });
    if (i < WARM_UP || t < plan.start) continue;
    counts.windows += 1;
    if (v < lower || v > upper) counts.outside += 1;
    if (isAnomaly) counts.anomalies += 1;
    const time = Math.floor(t / stepMs) * stepMs;
    const last = band.at(-1);
    if (last?.time !== time) band.push({ time, expected, lower, upper, of: 1 });
    else {
      const of = last.of + 1;
      const mean = (before: number, one: number) => before + (one - before) / of;
      band[band.length - 1] = {
        ...{ time, of, expected: mean(last.expected, expected) },
        ...{ lower: mean(last.lower, lower), upper: mean(last.upper, upper) },
      };
    }
  }
  const steps = band.map(({ time, expected, lower, upper }) => ({ time, expected, lower, upper }));
  return { steps, ...counts };
}

function tooLarge(why: string): TactusError {
  return new TactusError(
    'TACTUS_QUERY_TOO_LARGE',
    `band: ${why}: name the tags of one series, or ask for a shorter range`,
  );
}
