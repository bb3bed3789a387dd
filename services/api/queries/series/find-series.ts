import type { Millis } from '../../../../shared/core/clock.js';
import { TactusError } from '../../../../shared/core/errors.js';
import type { TenantReader } from '../tenant-database.js';
import { type Aggregation, isOfCounters, KINDS } from './aggregation.js';
import { type Plan, SOURCE_MS, type Source, WINDOW } from './plan.js';

/** Of an answer, all series together. */
const MAX_POINTS = 500_000;
const ROLLUP = 'tactus_tenant.rollup_';

export interface SeriesSearch {
  readonly plan: Plan;
  readonly metric: string;
  /** Series that have all of these tags. */
  readonly tags: Readonly<Record<string, string>>;
  /** They are all the tags of the one series that is meant. */
  readonly exact: boolean;
  /** Tags that groups are made by; null keeps each series. */
  readonly by: readonly string[] | null;
  /** Only these groups; all without it. */
  readonly groups?: readonly Readonly<Record<string, string>>[];
  readonly aggregation: Aggregation;
  /** Only the groups with the highest values over the whole range. */
  readonly top: number | null;
  readonly maxSeries: number;
}

export interface FoundSeries {
  readonly tags: Record<string, string>;
  /** Over the whole range; null unless the top was asked for. */
  readonly total: number | null;
  /** Times in ms with values, in order; gaps are left out. */
  readonly points: [Millis, number | null][];
}

/** A series; a row for each of its points takes twice as long to be sent. */
interface Row {
  /** Null where one series alone is asked for. */
  readonly tags: Record<string, string> | null;
  readonly total: number | null;
  readonly times: Millis[];
  readonly figures: (number | null)[];
}

/**
 * The series of a metric, or groups of them, with a value for each step that has points.
 *
 * @throws TactusError `TACTUS_QUERY_TOO_LARGE`
 */
export async function findSeries(reader: TenantReader, search: SeriesSearch): Promise<FoundSeries[]> {
  const { sql, values } = statement(search);
  const rows = await reader.rows<Row>(sql, values);
  if (rows.length > search.maxSeries) throw tooManySeries(search.maxSeries);
  if (rows.reduce((sum, { times }) => sum + times.length, 0) > MAX_POINTS)
    throw new TactusError(
      'TACTUS_QUERY_TOO_LARGE',
      `the answer has more than ${MAX_POINTS} points: ask for a shorter range, a coarser resolution or fewer tags`,
    );
  const found = rows.map(
    ({ tags, total, times, figures }): FoundSeries => ({
      ...{ tags: tags ?? { ...search.tags }, total },
      points: times
        .map((time, place): [Millis, number | null] => [time, figures[place] ?? null])
        .sort(([a], [b]) => a - b),
    }),
  );
  // As those that come from two reads are put together, see services/api/cache.
  return search.top === null ? inOrderOfTags(found) : found;
}

/** One order, which does not depend on what the database compares JSON by. */
export function inOrderOfTags<T extends { readonly tags: Readonly<Record<string, string>> }>(
  found: readonly T[],
): T[] {
  return found
    .map((one) => [JSON.stringify(one.tags), one] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, one]) => one);
}

export function tooManySeries(maxSeries: number): TactusError {
  return new TactusError(
    'TACTUS_QUERY_TOO_LARGE',
    `the answer has more than ${maxSeries} series (TACTUS_API_MAX_SERIES): name tags, group by fewer, or ask for the top ones`,
  );
}

type Value = (each: unknown) => string;

/** A row for each group, the highest first where the top is asked for. */
function statement(search: SeriesSearch): { readonly sql: string; readonly values: unknown[] } {
  const { plan, aggregation, top, maxSeries } = search;
  const values: unknown[] = [];
  const value: Value = (each) => `$${values.push(each)}`;
  const isPoints = plan.source === 'raw';
  const kind = KINDS[aggregation];
  const over = (isPoints ? kind.ofPoints : kind.ofFigures) ?? 'null';
  const perSecond = (ms: Millis) => (aggregation === 'rate' ? ` / ${ms / 1_000}` : '');
  const { keys, read, tags } = groupsOf(search, value);
  const chosen = chosenRows(search, read, value);
  const isTop = top !== null;
  // Each series has one row for each step then.
  const isCells =
    !isTop &&
    search.by === null &&
    !isPoints &&
    kind.ofRow !== null &&
    plan.stepMs === SOURCE_MS[plan.source];
  const at =
    isCells || plan.stepMs === 0
      ? 'at'
      : `date_bin(${value(`${plan.stepMs} milliseconds`)}::interval, at, ${originOf(plan, value)})`;
  const figure = isCells ? kind.ofRow : `${over}${perSecond(plan.stepMs || 1_000)}`;
  const of = isTop ? [...keys, 'total'] : keys;
  const order = isTop ? ['total DESC NULLS LAST', ...keys] : [];
  const ranked =
    top === null
      ? []
      : [
          `ranked AS (SELECT ${[...keys, `${over}${perSecond(plan.end - plan.start)} AS total`].join(', ')} FROM chosen
            ${clause('GROUP BY', keys)} ${clause('ORDER BY', order)} LIMIT ${value(top)})`,
        ];
  const rankedOnes = keys.length === 0 ? 'ranked, chosen' : `ranked JOIN chosen USING (${keys.join(', ')})`;
  const cells = `SELECT ${[...of, `${at} AS step`, `${figure} AS figure`].join(', ')} FROM ${isTop ? rankedOnes : wantedOnes(search, keys, value)}
    ${clause('GROUP BY', isCells ? [] : [...of, 'step'])} LIMIT ${value(MAX_POINTS + 1)}`;
  const parts = [`chosen AS ${isTop ? 'MATERIALIZED ' : ''}(${chosen})`, ...ranked, `cells AS (${cells})`];
  return {
    sql: `WITH ${parts.join(', ')}
      SELECT ${tags} AS tags, ${isTop ? 'total' : 'null AS total'},
        array_agg(date_part('epoch', step) * 1000) AS times, array_agg(figure) AS figures
      FROM cells ${clause('GROUP BY', of)} HAVING count(*) > 0 ${clause('ORDER BY', order)} LIMIT ${value(maxSeries + 1)}`,
    values,
  };
}

const originOf = ({ origin }: Plan, value: Value): string =>
  origin === undefined ? `timestamptz 'epoch'` : `${value(new Date(origin))}::timestamptz`;

/** The rows of the groups that are wanted. */
function wantedOnes({ by, groups }: SeriesSearch, keys: readonly string[], value: Value): string {
  if (by === null || groups === undefined || keys.length === 0) return 'chosen';
  const texts = (name: string) =>
    groups.map((tags) => (Object.hasOwn(tags, name) ? JSON.stringify(tags[name]) : ''));
  const columns = by.map((name) => `${value(texts(name))}::text[]`);
  // Compared as those that were chosen.
  const named = keys.map((key) => `${key} COLLATE "C" AS ${key}`).join(', ');
  return `(SELECT ${named} FROM unnest(${columns.join(', ')}) AS given (${keys.join(', ')})) AS wanted JOIN chosen USING (${keys.join(', ')})`;
}

const clause = (words: string, columns: readonly string[]): string =>
  columns.length === 0 ? '' : `${words} ${columns.join(', ')}`;

/** The rows that it is about, with what groups them. */
function chosenRows(
  { plan, metric, tags, exact, aggregation }: SeriesSearch,
  groups: readonly string[],
  value: Value,
): string {
  const { table, time } = tableOf(plan.source, aggregation);
  const name = value(metric);
  const [start, end] = [value(new Date(plan.start)), value(new Date(plan.end))];
  const known = exact || Object.keys(tags).length > 0 ? `${value(JSON.stringify(tags))}::jsonb` : null;
  const select = (from: string, where: readonly string[]) =>
    `SELECT ${[...groups, `${time} AS at`, columns(plan.source, aggregation)].join(', ')} FROM ${from}
     ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`}`;
  const tagged = known === null ? [] : [`tags ${exact ? '=' : '@>'} ${known}`];
  // Roll-ups have an index of single series, which comparing tags would not use behind the barrier. What a function was asked for is
  // not compared again: its rows would be taken for few.
  if (table.startsWith(ROLLUP) && !isOfCounters(aggregation)) {
    if (exact) return select(`${table}_one(${name}, ${known}, ${start}, ${end})`, []);
    return select(`${table}_of(${name}, ${start}, ${end})`, tagged);
  }
  return select(table, [
    ...[`${time} >= ${start}`, `${time} < ${end}`, `metric = ${name}`, ...tagged],
    ...(plan.source === 'windows' ? [`"window" = ${value(WINDOW)}`] : []),
  ]);
}

/** Columns that group rows, how they are read, and SQL for the tags of a group. */
function groupsOf(
  { by, exact }: SeriesSearch,
  value: Value,
): { readonly keys: readonly string[]; readonly read: readonly string[]; readonly tags: string } {
  // Whose they are is known: the tags of each row took a quarter of the time.
  if (by === null && exact) return { keys: [], read: [], tags: 'null' };
  if (by === null) return { keys: ['tags'], read: ['tags'], tags: 'tags' };
  const names = by.map((name) => `${value(name)}::text`);
  // As texts, byte by byte, which is faster than as JSON; a tag that there is not is the empty one, as no JSON is.
  return {
    keys: names.map((_, place) => `of_${place}`),
    read: names.map((name, place) => `coalesce((tags->${name})::text, '') COLLATE "C" AS of_${place}`),
    tags: `jsonb_strip_nulls(jsonb_build_object(${names
      .map((name, place) => `${name}, nullif(of_${place}, '')::jsonb`)
      .join(', ')}))`,
  };
}

function tableOf(
  source: Source,
  aggregation: Aggregation,
): { readonly table: string; readonly time: string } {
  switch (source) {
    case 'raw':
      return { table: 'tactus_tenant.metric_points', time: 'time' };
    case 'windows':
      return { table: 'tactus_tenant.windows', time: 'start' };
    default: {
      const end = isOfCounters(aggregation) ? '_increase' : '';
      return { table: `${ROLLUP}${source}${end}`, time: 'bucket' };
    }
  }
}

function columns(source: Source, aggregation: Aggregation): string {
  if (source === 'raw') return 'value';
  return isOfCounters(aggregation) ? 'increase' : 'count, sum, min, max';
}
