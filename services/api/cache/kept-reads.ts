import type { Clock, Millis } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';
import { findMetricNames, type MetricNameRow, type MetricNameSearch } from '../queries/metric-names.js';
import { isOfCounters } from '../queries/series/aggregation.js';
import {
  type FoundSeries,
  findSeries,
  inOrderOfTags,
  type SeriesSearch,
  tooManySeries,
} from '../queries/series/find-series.js';
import {
  findSeriesNames,
  type SeriesNameRow,
  type SeriesNameSearch,
  withinBound,
} from '../queries/series/series-names.js';
import type { TenantReader } from '../queries/tenant-database.js';
import type { AnswerCache } from './answer-cache.js';

const HOUR_MS = 3_600_000;
/** An hour that ended so long ago changes only where points come late. */
const SETTLED_MS = 900_000;

/** As it is asked, with the cache that there is. */
export interface Reading {
  readonly reader: TenantReader;
  readonly tenantId: string;
  readonly cache: AnswerCache | null;
  readonly clock: Clock;
}

/**
 * As `findSeries`. What is older than the last hour or so is read in whole hours and kept, so that a chart that moves on with the time
 * reads only the end anew; the highest ones are of the whole range, and kept with it.
 *
 * @throws TactusError `TACTUS_QUERY_TOO_LARGE`
 */
export async function readSeries(reading: Reading, search: SeriesSearch): Promise<FoundSeries[]> {
  const { reader, clock } = reading;
  const { plan, top } = search;
  if (!isKept(reading, search)) return await findSeries(reader, search);
  if (top !== null) return await kept(reading, search);
  const start = hourOf(plan.start);
  const settled = hourOf(clock.now() - SETTLED_MS);
  const { origin = 0 } = plan;
  const whole = origin + Math.floor((settled - origin) / plan.stepMs) * plan.stepMs;
  const end = Math.min(plan.end, whole);
  if (end <= plan.start) return await findSeries(reader, search);
  try {
    const [older, newer] = await Promise.all([
      kept(reading, { ...search, plan: { ...plan, start, end } }),
      end < plan.end ? findSeries(reader, { ...search, plan: { ...plan, start: end } }) : [],
    ]);
    return joined(since(older, plan.start), newer, search.maxSeries);
  } catch (error) {
    // Whole hours may have more than what was asked for.
    if (error instanceof TactusError && error.code === 'TACTUS_QUERY_TOO_LARGE')
      return await findSeries(reader, search);
    throw error;
  }
}

/** Windows and what counters went up by are written without a mark by which a change would be known; points as they came are short ranges. */
function isKept({ cache }: Reading, { plan, aggregation }: SeriesSearch): boolean {
  return cache !== null && plan.stepMs > 0 && plan.source !== 'windows' && !isOfCounters(aggregation);
}

async function kept({ cache, reader, tenantId }: Reading, search: SeriesSearch): Promise<FoundSeries[]> {
  const { start, end } = search.plan;
  const compute = () => findSeries(reader, search);
  if (cache === null) return await compute();
  const question = { tenantId, start, end, asked: ['series', search] };
  const points = (found: FoundSeries[]) => found.reduce((sum, one) => sum + 1 + one.points.length, 0);
  return await cache.answer(reader, question, points, compute);
}

function since(found: readonly FoundSeries[], start: Millis): FoundSeries[] {
  return found
    .map((one) => ({ ...one, points: one.points.filter(([time]) => time >= start) }))
    .filter(({ points }) => points.length > 0);
}

/** Series that both have, one after the other. */
function joined(
  older: readonly FoundSeries[],
  newer: readonly FoundSeries[],
  maxSeries: number,
): FoundSeries[] {
  const all = new Map(older.map((one) => [JSON.stringify(one.tags), one]));
  for (const one of newer) {
    const key = JSON.stringify(one.tags);
    const before = all.get(key);
    all.set(key, before === undefined ? one : { ...before, points: [...before.points, ...one.points] });
  }
  if (all.size > maxSeries) throw tooManySeries(maxSeries);
  return inOrderOfTags([...all.values()]);
}

/** As `findMetricNames`. */
export async function readMetricNames(
  { cache, reader, tenantId }: Reading,
  { start, end, tags, after, limit }: MetricNameSearch,
): Promise<MetricNameRow[]> {
  // They are those of whole hours anyway.
  const search = { start: hourOf(start), end: nextHour(end), tags, after, limit };
  const compute = () => findMetricNames(reader, search);
  if (cache === null) return await compute();
  const question = { tenantId, start: search.start, end: search.end, asked: ['names', tags, after, limit] };
  const rows = await cache.answer(reader, question, (found) => found.length, compute);
  return rows.map((row) => ({ ...row, lastSeen: new Date(row.lastSeen) }));
}

/** As `findSeriesNames`; what is older than the last hour or so is kept. @throws TactusError `TACTUS_QUERY_TOO_LARGE` */
export async function readSeriesNames(reading: Reading, search: SeriesNameSearch): Promise<SeriesNameRow[]> {
  const { cache, reader, tenantId, clock } = reading;
  const { metric, tags, maxSeries } = search;
  const whole = { ...search, start: hourOf(search.start), end: nextHour(search.end) };
  const end = Math.min(whole.end, hourOf(clock.now() - SETTLED_MS));
  if (cache === null || end <= whole.start) return await findSeriesNames(reader, whole);
  const question = { tenantId, start: whole.start, end, asked: ['series names', metric, tags, maxSeries] };
  const compute = () => findSeriesNames(reader, { ...whole, end });
  const older = await cache.answer(reader, question, (found) => found.length, compute);
  const newer = end < whole.end ? await findSeriesNames(reader, { ...whole, start: end }) : [];
  const all = new Map<string, SeriesNameRow>();
  for (const { tags: own, lastSeen } of [...older, ...newer])
    all.set(JSON.stringify(own), { tags: own, lastSeen: new Date(lastSeen) });
  return withinBound([...all.values()], maxSeries);
}

function hourOf(time: Millis): Millis {
  return Math.floor(time / HOUR_MS) * HOUR_MS;
}

function nextHour(time: Millis): Millis {
  return Math.ceil(time / HOUR_MS) * HOUR_MS;
}
