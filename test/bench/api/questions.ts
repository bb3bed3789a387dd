/* What a dashboard asks, over HTTP and in SQL alone. */

export const TENANT = 'tenant-1';
export const METRIC = 'service.requests.rate_0';
/** Series of the metric that a tenant has. */
export const HOSTS = 250;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TOP = 20;

export interface Question {
  readonly title: string;
  /** One for each time that it is asked: of another series, or another time. */
  readonly requests: readonly string[];
  readonly sql: string;
  /** Values of the statement, for each of the requests. */
  readonly statements: readonly (readonly unknown[])[];
}

const tagsOf = (host: number) => ({ host: `host-${String(host).padStart(5, '0')}`, region: 'eu-west' });

const oneSeries = (
  rollup: string,
) => `SELECT extract(epoch FROM bucket)::float8 * 1000 AS t, sum / nullif(count, 0) AS v
FROM tactus.${rollup}
WHERE tactus.series_id(tenant_id, metric, tags) = tactus.series_id($1, $2, $3)
  AND tenant_id = $1 AND metric = $2 AND tags = $3 AND bucket >= $4 AND bucket < $5
ORDER BY bucket`;

/** Each of these is asked for as many times as there are series, from one after the other. */
function ofOneSeries(title: string, rollup: '1m' | '1h', days: number, until: number): Question {
  const range = [new Date(until - days * DAY_MS).toISOString(), new Date(until).toISOString()] as const;
  const hosts = Array.from({ length: HOSTS }, (_, host) => tagsOf(host));
  return {
    title,
    requests: hosts.map(({ host, region }) =>
      path('query', range, [
        ...[['resolution', rollup] as const, ['exact', 'true'] as const],
        ...[['tag', `host=${host}`] as const, ['tag', `region=${region}`] as const],
      ]),
    ),
    sql: oneSeries(`rollup_${rollup}`),
    statements: hosts.map((tags) => [TENANT, METRIC, JSON.stringify(tags), ...range]),
  };
}

const TOP_SQL = `WITH chosen AS MATERIALIZED (
  SELECT tags->>'host' AS host, bucket, sum, count FROM tactus.rollup_1h
  WHERE tenant_id = $1 AND metric = $2 AND bucket >= $3 AND bucket < $4
), ranked AS (
  SELECT host, sum(sum) / sum(count) AS total FROM chosen GROUP BY 1 ORDER BY 2 DESC LIMIT ${TOP}
)
SELECT host, total, extract(epoch FROM bucket)::float8 * 1000 AS t, sum(sum) / sum(count) AS v
FROM ranked JOIN chosen USING (host) GROUP BY 1, 2, 3 ORDER BY 2 DESC, 1, 3`;

/** Days that end at each hour of a month. */
function ofTheTop(until: number): Question {
  const ends = Array.from({ length: 29 * 24 }, (_, hours) => until - hours * HOUR_MS);
  const ranges = ends.map(
    (end) => [new Date(end - DAY_MS).toISOString(), new Date(end).toISOString()] as const,
  );
  return {
    title: `top ${TOP} of a tenant, 24 h at 1 h`,
    requests: ranges.map((range) =>
      path('aggregated', range, [
        ...[['resolution', '1h'] as const, ['by', 'host'] as const, ['top', String(TOP)] as const],
      ]),
    ),
    sql: TOP_SQL,
    statements: ranges.map((range) => [TENANT, METRIC, ...range]),
  };
}

function path(
  what: string,
  [from, to]: readonly [string, string],
  more: readonly (readonly [string, string])[],
): string {
  const query = new URLSearchParams({ metric: METRIC, from, to });
  for (const [name, value] of more) query.append(name, value);
  return `/api/v1/metrics/${what}?${query}`;
}

/** @param until the moment up to which there are points */
export function questions(until: number): readonly Question[] {
  return [
    ofOneSeries('24 h of one series at 1 m', '1m', 1, until),
    ofOneSeries('30 days of one series at 1 h', '1h', 30, until),
    ofTheTop(until),
  ];
}
