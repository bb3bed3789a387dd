import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Asked } from './queries.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Of 4 tenants: the series that every load has. */
const SERIES = 1_000;
/** Of each of 25 hosts. */
const METRICS = 10;

/** A load, made in the server: `stepSeconds` between two points of a series. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly stepSeconds: number;
}

/**
 * A month up to `until`: each series with a point every `recentSeconds` in its last day, and every
 * `historySeconds` before.
 */
export function month(until: number, recentSeconds: number, historySeconds: number): Stretch[] {
  const stretches: Stretch[] = [];
  for (let day = 30; day > 1; day--) {
    const from = until - day * DAY_MS;
    stretches.push({ from, to: from + DAY_MS, stepSeconds: historySeconds });
  }
  for (let from = until - DAY_MS; from < until; from += 2 * HOUR_MS)
    stretches.push({ from, to: from + 2 * HOUR_MS, stepSeconds: recentSeconds });
  return stretches;
}

/** One of the series of a load. */
export const asked = (until: number): Asked => ({
  tenantId: 'tenant-1',
  metric: 'service.requests.rate_2',
  tags: { host: 'host-00003', region: 'eu-west' },
  until,
});

/** @param metrics that the series are of; the more, the fewer hosts there are */
export async function loadPoints(
  pool: Pool,
  { from, to, stepSeconds }: Stretch,
  metrics = METRICS,
): Promise<number> {
  const { rowCount } = await pool.query(
    `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id)
     SELECT to_timestamp(t), s.tenant_id, s.metric, s.tags, 50 + 30 * sin(n + t / 3600.0) + (t * 31 + n * 17) % 20,
       'p-' || n || '-' || t
     FROM generate_series($1::bigint, $2::bigint - 1, $3::bigint) AS t
     CROSS JOIN (
       SELECT n, 'tenant-' || n % 4 AS tenant_id, 'service.requests.rate_' || n / 4 % $4::int AS metric,
         jsonb_build_object('host', 'host-' || lpad((n / 4 / $4::int)::text, 5, '0'), 'region', 'eu-west') AS tags
       FROM generate_series(0, ${SERIES - 1}) AS n
     ) AS s`,
    [from / 1_000, to / 1_000, stepSeconds, metrics],
  );
  return rowCount ?? 0;
}

/** Refreshes as the batch worker does: closed buckets only, so the open hour and day are computed when asked. */
export async function refreshAll(
  pool: Pool,
  from: number,
  until: number,
  progress: (line: string) => void = () => {},
): Promise<void> {
  for (const [view, length, atOnce] of [
    ['rollup_1m', 60_000, DAY_MS],
    ['rollup_1h', HOUR_MS, 31 * DAY_MS],
    ['rollup_1d', DAY_MS, 366 * DAY_MS],
  ] as const) {
    progress(`refreshing tactus.${view}`);
    const end = Math.floor(until / length) * length;
    for (let start = Math.floor(from / DAY_MS) * DAY_MS; start < end; start += atOnce)
      await pool.query('CALL refresh_continuous_aggregate($1::regclass, $2::timestamptz, $3::timestamptz)', [
        `tactus.${view}`,
        new Date(start),
        new Date(Math.min(start + atOnce, end)),
      ]);
  }
  await pool.query('ANALYZE');
}
