import type { TenantReader } from '../../queries/tenant-database.js';
import type { Selection } from '../promql/model/series-source.js';
import { conditionOf, namesMetric } from './conditions.js';
import { endsOf, findSeries, type StoredSeries } from './series-catalog.js';

/** Of one series. */
export interface StoredPoints extends StoredSeries {
  /**
   * In order of time, each as its seconds, its value and, of roll-ups, how many points it is of: numbers of 8 bytes, the first byte
   * first. As texts they would take longer to read than the query itself.
   */
  readonly points: Buffer;
}

/** What is read, and of which table. */
export interface Reading {
  /** The table, with `seconds`, `value` and, where there are any, `weight` and `id` in front of it. */
  readonly from: string;
  readonly time: string;
  readonly isWeighted: boolean;
  /** Of values of one time. */
  readonly order: string;
}

export const POINTS: Reading = {
  from: `id, value, date_part('epoch', time) AS seconds FROM tactus_tenant.metric_points`,
  time: 'time',
  isWeighted: false,
  order: ', id',
};

/** How many bytes each point is of. */
export const widthOf = ({ isWeighted }: Reading): number => (isWeighted ? 24 : 16);

/** How many points are in what was read of a series. */
export const lengthOf = ({ points }: StoredPoints, reading: Reading): number =>
  points.length / widthOf(reading);

/** Which series are read, as a part of a statement. */
export interface Chosen {
  /** Begins with AND. */
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** The series that matchers find; null for none. @throws TACTUS_PROMQL_FAILED where there are too many */
export async function choose(
  reader: TenantReader,
  selection: Selection,
  signal: AbortSignal,
): Promise<Chosen | null> {
  const { matchers, maxSeries } = selection;
  const condition = conditionOf(matchers, 1);
  if (condition.isExact && namesMetric(matchers)) return condition;
  // Which series they are is found first, so that points of others are not read.
  const series = await findSeries(reader, matchers, selection, maxSeries, signal);
  if (series.length === 0) return null;
  const metrics = series.map(({ metric }) => metric);
  const tags = series.map((one) => JSON.stringify(one.tags));
  const sql = ' AND metric = ANY ($1) AND (metric, tags) IN (SELECT * FROM unnest($1::text[], $2::jsonb[]))';
  return { sql, values: [metrics, tags] };
}

/** Their points, one more than may be where there are too many. */
export async function readStored(
  reader: TenantReader,
  { from, time, isWeighted, order }: Reading,
  { sql, values }: Chosen,
  { start, end, maxSeries, maxSamples }: Selection,
): Promise<StoredPoints[]> {
  // What is not known is no number.
  const numbers = ['seconds', `coalesce(value, 'NaN')`, ...(isWeighted ? ['weight'] : [])]
    .map((column) => `float8send(${column})`)
    .join(' || ');
  const given = [...values, ...endsOf({ start, end }), maxSamples + 1, maxSeries + 1];
  const [first, last, samples, series] = [4, 3, 2, 1].map((back) => `$${given.length - back + 1}`);
  return await reader.rows(
    `SELECT metric, tags, string_agg(${numbers}, ''::bytea ORDER BY seconds${order}) AS points
     FROM (SELECT metric, tags, ${from} WHERE ${time} >= ${first} AND ${time} <= ${last}${sql} LIMIT ${samples}) AS points
     GROUP BY metric, tags LIMIT ${series}`,
    given,
  );
}

/** How many points they have, by the roll-up of hours. */
export async function countPoints(
  reader: TenantReader,
  { sql, values }: Chosen,
  { start, end }: Selection,
): Promise<number> {
  const given = [...values, ...endsOf({ start, end })];
  const [row] = await reader.rows<{ count: number | null }>(
    `SELECT sum(count)::float8 AS count FROM tactus_tenant.rollup_1h
     WHERE bucket >= $${given.length - 1} AND bucket <= $${given.length}${sql}`,
    given,
  );
  return row?.count ?? 0;
}
