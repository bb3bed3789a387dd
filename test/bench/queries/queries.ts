/*
 * What a dashboard asks, in the words that the README recommends: the number of the series finds the
 * rows, the columns themselves make sure.
 */

/** Whose figures, and until when. */
export interface Asked {
  readonly tenantId: string;
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

export interface Query {
  readonly title: string;
  readonly sql: string;
  readonly parameters: (asked: Asked) => unknown[];
  /** What the plan must find its rows by. */
  readonly index: RegExp;
}

const DAY_MS = 86_400_000;

const oneSeries = (rollup: string) => `SELECT bucket, sum / count AS mean, min, max, count
FROM tactus.${rollup}
WHERE tactus.series_id(tenant_id, metric, tags) = tactus.series_id($1, $2, $3)
  AND tenant_id = $1 AND metric = $2 AND tags = $3
  AND bucket >= $4 AND bucket < $5
ORDER BY bucket`;

const ofSeries =
  (days: number) =>
  ({ tenantId, metric, tags, until }: Asked) => [
    tenantId,
    metric,
    JSON.stringify(tags),
    new Date(until - days * DAY_MS),
    new Date(until),
  ];

export const QUERIES: readonly Query[] = [
  {
    title: '24 h of one series at 1 m',
    sql: oneSeries('rollup_1m'),
    parameters: ofSeries(1),
    index: /rollup_1m_one/,
  },
  {
    title: '30 days of one series at 1 h',
    sql: oneSeries('rollup_1h'),
    parameters: ofSeries(30),
    index: /rollup_1h_one/,
  },
  {
    title: 'top 20 series of a tenant by mean over 24 h',
    sql: `SELECT metric, tags, sum(sum) / sum(count) AS mean, max(max) AS max
FROM tactus.rollup_1h
WHERE tenant_id = $1 AND bucket >= $2 AND bucket < $3
GROUP BY metric, tags
ORDER BY mean DESC
LIMIT 20`,
    parameters: ({ tenantId, until }) => [tenantId, new Date(until - DAY_MS), new Date(until)],
    // Of few tenants it is as well to read the whole day.
    index: /rollup_1h_tenant|bucket_idx/,
  },
];
