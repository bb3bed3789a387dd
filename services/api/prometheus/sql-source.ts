import type { TenantDatabase, TenantReader } from '../queries/tenant-database.js';
import { conditionOf, namesMetric } from './conditions.js';
import { byLabels } from './promql/evaluate/collected.js';
import { failed } from './promql/model/faults.js';
import type { Labels } from './promql/model/labels.js';
import type { Selection, Series, SeriesSource } from './promql/model/series-source.js';
import { endsOf, findSeries, labelsOf, type StoredSeries } from './series-catalog.js';

interface StoredPoints extends StoredSeries {
  /** Seconds, in order. */
  readonly times: readonly number[];
  readonly values: readonly number[];
}

/** The points of one tenant as series: raw points, never roll-ups. */
export function sqlSource(database: TenantDatabase, tenantId: string): SeriesSource {
  return {
    select: async (selection, signal) =>
      await database.read(tenantId, 'reading series for PromQL', signal, async (reader) =>
        seriesOf(await readPoints(reader, selection), selection),
      ),
  };
}

async function readPoints(reader: TenantReader, selection: Selection): Promise<StoredPoints[]> {
  const { matchers, maxSeries, maxSamples } = selection;
  const condition = conditionOf(matchers, 5);
  const time = [...endsOf(selection), maxSamples + 1, maxSeries + 1];
  if (condition.isExact && namesMetric(matchers))
    return await reader.rows(pointsOf(condition.sql), [...time, ...condition.values]);
  // Which series they are is found first, so that points of others are not read.
  const series = await findSeries(reader, matchers, selection, maxSeries);
  if (series.length === 0) return [];
  const metrics = series.map(({ metric }) => metric);
  const tags = series.map((one) => JSON.stringify(one.tags));
  const wanted =
    ' AND metric = ANY ($5) AND (metric, tags) IN (SELECT * FROM unnest($5::text[], $6::jsonb[]))';
  return await reader.rows(pointsOf(wanted), [...time, metrics, tags]);
}

const pointsOf = (condition: string): string => `
  SELECT metric, tags, array_agg(seconds ORDER BY seconds, id) AS times, array_agg(value ORDER BY seconds, id) AS values
  FROM (
    SELECT metric, tags, id, value, date_part('epoch', time) AS seconds FROM tactus_tenant.metric_points
    WHERE time >= $1 AND time <= $2${condition}
    LIMIT $3
  ) AS points
  GROUP BY metric, tags LIMIT $4`;

function seriesOf(rows: readonly StoredPoints[], { maxSeries, maxSamples }: Selection): Series[] {
  if (rows.length > maxSeries)
    throw failed(
      `the selector finds more than ${maxSeries} series (TACTUS_API_PROMQL_MAX_SERIES); match labels to find fewer`,
    );
  if (rows.reduce((sum, { times }) => sum + times.length, 0) > maxSamples)
    throw failed(
      `query processing would load too many samples into memory: more than ${maxSamples} points are left of those allowed (TACTUS_API_PROMQL_MAX_SAMPLES); select fewer series or a shorter range`,
    );
  const byKey = new Map<string, { labels: Labels; rows: StoredPoints[] }>();
  for (const row of rows) {
    const labels = labelsOf(row);
    const known = byKey.get(labels.key);
    if (known === undefined) byKey.set(labels.key, { labels, rows: [row] });
    // Tags with an empty value are the same as none, so two series of the database may be one here.
    else known.rows.push(row);
  }
  return [...byKey.values()].map(({ labels, rows: own }) => oneSeries(labels, own)).sort(byLabels);
}

const milliseconds = (seconds: number) => Math.round(seconds * 1_000);

function oneSeries(labels: Labels, rows: readonly StoredPoints[]): Series {
  const [first, ...others] = rows;
  const times = Float64Array.from(first?.times ?? [], milliseconds);
  if (others.length === 0 && times.every((time, i) => i === 0 || time > (times[i - 1] ?? time)))
    return { labels, times, values: Float64Array.from(first?.values ?? []) };
  // Of several points at one time, the last by its id remains.
  const points = new Map<number, number>();
  for (const row of rows)
    for (const [i, seconds] of row.times.entries())
      points.set(milliseconds(seconds), row.values[i] ?? Number.NaN);
  const ordered = Float64Array.from(points.keys()).sort();
  return { labels, times: ordered, values: ordered.map((time) => points.get(time) ?? Number.NaN) };
}
