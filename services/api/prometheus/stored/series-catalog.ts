import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TenantReader } from '../../queries/tenant-database.js';
import { failed } from '../promql/model/faults.js';
import { Labels, METRIC_NAME } from '../promql/model/labels.js';
import { type Matcher, matchesAll } from '../promql/model/matchers.js';
import { conditionOf } from './conditions.js';

/** A series as the database names it. */
export interface StoredSeries {
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Both in milliseconds, both included. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The labels of a series: its tags, and its metric as `__name__`, which a tag of that name cannot replace. */
export const labelsOf = ({ metric, tags }: StoredSeries): Labels =>
  Labels.of(Object.entries({ ...tags, [METRIC_NAME]: metric }));

const HOURS = `bucket >= date_trunc('hour', $1::timestamptz) AND bucket <= $2`;

/** Years that the database takes; there are no points beyond. */
const [FIRST_MS, LAST_MS] = [Date.UTC(1, 0), Date.UTC(9_999, 0)];

/** Begin and end as the database takes them. */
export const endsOf = ({ start, end }: Span): [Date, Date] => [dateOf(start), dateOf(end)];

const dateOf = (ms: number) => new Date(Math.min(Math.max(ms, FIRST_MS), LAST_MS));

/**
 * The series that had points in the hours of a time.
 *
 * @param signal ends it
 * @throws TACTUS_PROMQL_FAILED where there are more than `limit`
 */
export async function findSeries(
  reader: TenantReader,
  matchers: readonly Matcher[],
  span: Span,
  limit: number,
  signal: AbortSignal,
): Promise<StoredSeries[]> {
  const { sql, values } = conditionOf(matchers, 4);
  // Patterns leave out what the database finds, so more is read than may be left.
  const most = 10 * limit + 1;
  const rows = await reader.rows<StoredSeries & Record<string, unknown>>(
    `SELECT DISTINCT metric, tags FROM tactus_tenant.rollup_1h WHERE ${HOURS}${sql} LIMIT $3`,
    [...endsOf(span), most, ...values],
  );
  const found = await matching(rows, matchers, signal);
  if (rows.length === most || found.length > limit) throw tooManySeries(limit);
  return found;
}

export const tooManySeries = (limit: number): Error =>
  failed(
    `the selector finds more than ${limit} series (TACTUS_API_PROMQL_MAX_SERIES); match labels to find fewer`,
  );

/** How long matching keeps the process to itself before others have their turn. */
const TURN_MS = 10;

/** Those that match; a pattern may take long for each. @throws as the signal says, when it aborts */
async function matching<T extends StoredSeries>(
  series: readonly T[],
  matchers: readonly Matcher[],
  signal: AbortSignal,
): Promise<T[]> {
  const found: T[] = [];
  let turnEnds = performance.now() + TURN_MS;
  for (const one of series) {
    if (performance.now() > turnEnds) {
      await nextTurn(undefined, { signal });
      turnEnds = performance.now() + TURN_MS;
    }
    if (matchesAll(matchers, labelsOf(one))) found.push(one);
  }
  return found;
}

/** The names of labels in a time, in order. */
export async function findLabelNames(reader: TenantReader, span: Span, limit: number): Promise<string[]> {
  const rows = await reader.rows<{ name: string | null }>(
    // One row more, which is not of a tag: every series has a name, and a tag with an empty value is none.
    `SELECT DISTINCT CASE WHEN value <> '' THEN key END AS name
     FROM tactus_tenant.rollup_1h LEFT JOIN LATERAL jsonb_each_text(tags) ON true WHERE ${HOURS} LIMIT $3`,
    [...endsOf(span), limit + 1],
  );
  const names = rows.flatMap(({ name }) => name ?? []);
  return rows.length === 0 ? [] : [...new Set([METRIC_NAME, ...names])].sort();
}

/** The values of a label in a time, in order. */
export async function findLabelValues(
  reader: TenantReader,
  label: string,
  span: Span,
  limit: number,
): Promise<string[]> {
  const isName = label === METRIC_NAME;
  const rows = await reader.rows<{ value: string | null }>(
    `SELECT DISTINCT ${isName ? 'metric' : 'tags ->> $4'} AS value FROM tactus_tenant.rollup_1h WHERE ${HOURS} LIMIT $3`,
    [...endsOf(span), limit, ...(isName ? [] : [label])],
  );
  return rows.flatMap(({ value }) => (value === null || value === '' ? [] : [value])).sort();
}
