import type { Pool } from 'pg';
import { emptyTally } from '../../shared/windows/tally.js';
import { refreshRollups } from './refresh-rollups.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const METRIC = 'signup.latency_ms';
const HOSTS = 12;
const AT = Math.floor(Date.now() / MINUTE_MS - 25) * MINUTE_MS;

/** A metric that has all that a chart can show, and the ten minutes of it that are looked at. */
export const SIGNUPS = { METRIC, HOSTS, AT, SPAN_MS: 10 * MINUTE_MS } as const;

/** Of a window that differs; the chart does not show them. */
const FIGURES = JSON.stringify({
  count: 2,
  sum: 4,
  min: 1,
  max: 3,
  mean: 2,
  stddev: 1,
  first: 1,
  last: 3,
  increase: null,
  distinct: null,
});

/**
 * Stores it for a tenant, with ten minutes before from which a band is learnt: points and windows, an anomaly in the sixth minute,
 * late data in the third and a correction in the eighth.
 */
export async function seedSignups(pool: Pool, tenant: string): Promise<void> {
  // Of twelve hosts; of the third, in the sixth minute, ten times as much, and of the sixth twice as many errors.
  const rows = `SELECT to_timestamp($2::bigint / 1000 + 10 * n) AS t, metric,
      jsonb_build_object('host', 'h' || lpad(host::text, 2, '0'), 'region', CASE WHEN host < 4 THEN 'us' ELSE 'eu' END) AS tags,
      (10 * host + (n + 60) % 3) * CASE WHEN n NOT BETWEEN 30 AND 35 THEN 1 WHEN host = odd THEN factor ELSE 1 END AS v
    FROM generate_series(-60, 59) AS n, generate_series(1, ${HOSTS}) AS host,
      (VALUES ('${METRIC}', 3, 10), ('signup.errors', 6, 2)) AS m (metric, odd, factor)`;
  const values = [tenant, AT];
  await Promise.all([
    pool.query(
      `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id)
       SELECT t + interval '1 s', $1, metric, tags, v, concat($1::text, metric, tags, t) FROM (${rows}) AS p`,
      values,
    ),
    pool.query(
      `INSERT INTO tactus.windows
       SELECT t, t + interval '10 s', $1, metric, tags, '10s', 1, v, v, v, v, 0, v, v, NULL, t + interval '10 s', now() FROM (${rows}) AS w`,
      values,
    ),
    pool.query(
      `INSERT INTO tactus.anomalies
       SELECT to_timestamp($2::bigint / 1000 + 300), to_timestamp($2::bigint / 1000 + 310), 'odd/' || $1, $1, '${METRIC}',
         '{"host": "h03", "region": "us"}', 'zscore', '10s', 300, 31, 29, 33, 0.9, 'critical', 'ten times the expected', now()`,
      values,
    ),
  ]);
  for (const [cause, minute] of [
    ['late', 2],
    ['missing', 7],
  ] as const) {
    const start = new Date(AT + minute * MINUTE_MS);
    await pool.query(
      `INSERT INTO tactus.reconciled ("window", start, tenant_id, tally, judged_at, "end", kind, group_by)
       VALUES ('10s', $1, $2, $3, now(), $1::timestamptz + interval '1 minute', 'aligned', NULL)`,
      [start, tenant, JSON.stringify({ ...emptyTally(), windows: 1 })],
    );
    await pool.query(
      `INSERT INTO tactus.differences ("window", slot, tenant_id, number, start, "end", metric, tags, cause, detail, stored_points,
         counted_points, late_points, stream, stored, expected)
       VALUES ('10s', $1, $2, 1, $1, $1::timestamptz + interval '10 s', '${METRIC}', '{"host": "h03", "region": "us"}', $3, 'lacks a point',
         3, 2, 1, $4, $4, $4)`,
      [start, tenant, cause, FIGURES],
    );
  }
  // Others may have refreshed that time already. A day has to lie in it.
  await refreshRollups(pool, { start: AT - 2 * DAY_MS, end: Date.now() });
}
