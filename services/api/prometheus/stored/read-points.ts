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

/** How many points are in what was read of a series. */
export const lengthOf = ({ points }: StoredPoints, { isWeighted }: Reading): number =>
  points.length / (isWeighted ? 24 : 16);

/** What the matchers of a selection find, one more than may be where there are too many. */
export async function readStored(
  reader: TenantReader,
  { from, time, isWeighted, order }: Reading,
  selection: Selection,
  signal: AbortSignal,
): Promise<StoredPoints[]> {
  const { matchers, maxSeries, maxSamples } = selection;
  // What is not known is no number.
  const numbers = ['seconds', `coalesce(value, 'NaN')`, ...(isWeighted ? ['weight'] : [])]
    .map((column) => `float8send(${column})`)
    .join(' || ');
  const statement = (condition: string): string => `
    SELECT metric, tags, string_agg(${numbers}, ''::bytea ORDER BY seconds${order}) AS points
    FROM (SELECT metric, tags, ${from} WHERE ${time} >= $1 AND ${time} <= $2${condition} LIMIT $3) AS points
    GROUP BY metric, tags LIMIT $4`;
  const condition = conditionOf(matchers, 5);
  const bounds = [...endsOf(selection), maxSamples + 1, maxSeries + 1];
  if (condition.isExact && namesMetric(matchers))
    return await reader.rows(statement(condition.sql), [...bounds, ...condition.values]);
  // Which series they are is found first, so that points of others are not read.
  const series = await findSeries(reader, matchers, selection, maxSeries, signal);
  if (series.length === 0) return [];
  const metrics = series.map(({ metric }) => metric);
  const tags = series.map((one) => JSON.stringify(one.tags));
  const wanted =
    ' AND metric = ANY ($5) AND (metric, tags) IN (SELECT * FROM unnest($5::text[], $6::jsonb[]))';
  return await reader.rows(statement(wanted), [...bounds, metrics, tags]);
}

/** Points that a selection would read, by the roll-up of hours. */
export async function countPoints(reader: TenantReader, selection: Selection): Promise<number> {
  const { sql, values } = conditionOf(selection.matchers, 3);
  const [row] = await reader.rows<{ count: number | null }>(
    `SELECT sum(count)::float8 AS count FROM tactus_tenant.rollup_1h WHERE bucket >= $1 AND bucket <= $2${sql}`,
    [...endsOf(selection), ...values],
  );
  return row?.count ?? 0;
}
