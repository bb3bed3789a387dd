import type { Millis } from '../../../../shared/core/clock.js';
import { TactusError } from '../../../../shared/core/errors.js';
import type { TenantReader } from '../tenant-database.js';
import { type Aggregation, isOfCounters, KINDS } from './aggregation.js';
import { type Plan, SOURCE_MS, type Source, WINDOW } from './plan.js';

/** Of an answer, all series together. */
const MAX_ROWS = 500_000;
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

interface Row {
  /** Null where one series alone is asked for. */
  readonly tags: Record<string, string> | null;
  readonly total: number | null;
  readonly t: number | null;
  readonly v: number | null;
}

/**
 * The series of a metric, or groups of them, with a value for each step that has points.
 *
 * @throws TactusError `TACTUS_QUERY_TOO_LARGE`
 */
export async function findSeries(reader: TenantReader, search: SeriesSearch): Promise<FoundSeries[]> {
  const { sql, values } = statement(search);
  const rows = await reader.rows<Row>(sql, values);
  if (rows.length > MAX_ROWS)
    throw new TactusError(
      'TACTUS_QUERY_TOO_LARGE',
      `the answer has more than ${MAX_ROWS} points: ask for a shorter range, a coarser resolution or fewer tags`,
    );
  const found: FoundSeries[] = [];
  let key = '';
  for (const { tags: of, total, t, v } of rows) {
    const tags = of ?? search.tags;
    const own = JSON.stringify(tags);
    let last = found.at(-1);
    if (last === undefined || own !== key) {
      key = own;
      last = { tags: { ...tags }, total, points: [] };
      if (found.push(last) > search.maxSeries) throw tooManySeries(search.maxSeries);
    }
    if (t !== null) last.points.push([t, v]);
  }
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

/** Groups in the order of their tags, or from the highest on. */
function statement(search: SeriesSearch): { readonly sql: string; readonly values: unknown[] } {
  const { plan, metric, tags, exact, by, aggregation, top } = search;
  const values: unknown[] = [];
  const value = (each: unknown) => `$${values.push(each)}`;
  const { table, time } = tableOf(plan.source, aggregation);
  const isPoints = plan.source === 'raw';
  const kind = KINDS[aggregation];
  const over = (isPoints ? kind.ofPoints : kind.ofFigures) ?? 'null';
  // Whose they are is known: the tags of each row took a quarter of the time.
  const isOne = exact && by === null;
  const names = by?.map(value) ?? null;
  const group = isOne ? 'null' : names === null ? 'tags' : tagsOf(names, (tag) => `tags->(${tag}::text)`);
  const step = () =>
    plan.stepMs === 0
      ? 'at'
      : `date_bin(${value(`${plan.stepMs} milliseconds`)}::interval, at, timestamptz 'epoch')`;
  const name = value(metric);
  const [start, end] = [value(new Date(plan.start)), value(new Date(plan.end))];
  const known = exact || Object.keys(tags).length > 0 ? `${value(JSON.stringify(tags))}::jsonb` : null;
  // Roll-ups have an index of single series, which comparing tags would not use behind the barrier.
  const isRollup = table.startsWith(ROLLUP) && !isOfCounters(aggregation);
  const from =
    isRollup && exact
      ? `${table}_one(${name}, ${known}, ${start}, ${end})`
      : isRollup && top !== null
        ? `${table}_of(${name}, ${start}, ${end})`
        : table;
  const where = [
    `${time} >= ${start} AND ${time} < ${end} AND metric = ${name}`,
    ...(known === null ? [] : [`tags ${exact ? '=' : '@>'} ${known}`]),
    ...(plan.source === 'windows' ? [`"window" = ${value(WINDOW)}`] : []),
  ].join(' AND ');
  const chosen = `SELECT ${group} AS tags, ${time} AS at, ${columns(plan.source, aggregation)} FROM ${from} WHERE ${where}`;
  const perSecond = (ms: Millis) => (aggregation === 'rate' ? ` / ${ms / 1_000}` : '');
  const figure = `${over}${perSecond(plan.stepMs || 1_000)}`;
  const limit = value(MAX_ROWS + 1);
  const shown = 'extract(epoch FROM cells.at)::float8 * 1000 AS t, v';
  if (top === null) {
    // Each series has one row for each step then.
    const isCells = by === null && !isPoints && kind.ofRow !== null && plan.stepMs === SOURCE_MS[plan.source];
    const cells = isCells
      ? `SELECT tags, at, ${kind.ofRow} AS v FROM chosen`
      : `SELECT tags, ${step()} AS at, ${figure} AS v FROM chosen GROUP BY 1, 2`;
    return {
      sql: `WITH chosen AS (${chosen}), cells AS (${cells}) SELECT tags, null AS total, ${shown} FROM cells ORDER BY ${isOne ? '' : 'tags, '}cells.at LIMIT ${limit}`,
      values,
    };
  }
  const perRange = perSecond(plan.end - plan.start);
  if (!isPoints) {
    // Totals are made of cells, which are few. Groups are compared as texts: to make JSON of each row took longer than to read it.
    const keys = names === null ? ['tags'] : names.map((_, place) => `of_${place}`);
    const own = names === null ? keys : names.map((tag, place) => `tags->>(${tag}::text) AS of_${place}`);
    const merged = isOfCounters(aggregation)
      ? 'sum(increase) AS increase'
      : 'sum(count)::float8 AS count, sum(sum) AS sum, min(min) AS min, max(max) AS max';
    const cell = `${kind.ofRow ?? 'increase'}${perSecond(plan.stepMs)}`;
    const at = `date_bin(${value(`${plan.stepMs} milliseconds`)}::interval, ${time}, timestamptz 'epoch')`;
    const grouping = keys.length === 0 ? '' : `GROUP BY ${keys.join(', ')}`;
    const order = ['total DESC NULLS LAST', ...keys];
    return {
      sql: `WITH cells AS (
          SELECT ${[...own, `${at} AS at`, merged].join(', ')} FROM ${from} WHERE ${where} GROUP BY ${[...keys, 'at'].join(', ')}
        ), ranked AS (
          SELECT ${[...keys, `${over}${perRange} AS total`].join(', ')}, array_agg(at) AS times, array_agg(${cell}) AS figures
          FROM cells ${grouping} ORDER BY ${order.join(', ')} LIMIT ${value(top)}
        )
        SELECT ${names === null ? 'tags' : tagsOf(names, (_, place) => `of_${place}`)} AS tags, total, ${shown}
        FROM ranked, unnest(times, figures) AS cells (at, v) ORDER BY ${[...order, 'cells.at'].join(', ')} LIMIT ${limit}`,
      values,
    };
  }
  const ranked = `SELECT tags, ${over}${perRange} AS total FROM chosen GROUP BY 1 ORDER BY total DESC NULLS LAST, tags LIMIT ${value(top)}`;
  const cells = `SELECT ranked.tags, total, ${step()} AS at, ${figure} AS v FROM ranked JOIN chosen ON chosen.tags = ranked.tags GROUP BY 1, 2, 3`;
  return {
    sql: `WITH chosen AS (${chosen}), ranked AS (${ranked}), cells AS (${cells})
      SELECT tags, total, ${shown} FROM cells ORDER BY total DESC NULLS LAST, tags, cells.at LIMIT ${limit}`,
    values,
  };
}

/** Tags as JSON: parameters with their names, and what their values are read by. */
function tagsOf(names: readonly string[], read: (name: string, place: number) => string): string {
  const pairs = names.map((name, place) => `${name}::text, ${read(name, place)}`);
  return `jsonb_strip_nulls(jsonb_build_object(${pairs.join(', ')}))`;
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
