import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { AlignedDefinition } from '../../../shared/windows/definition.js';
import { delayBucketSql } from '../../../shared/windows/delays.js';
import type { CounterComparison } from './counter-figures.js';
import { groupSql, likeOf } from './definition-sql.js';
import { INCREASE_OF_SIZE } from './figures.js';
import { countedColumnsSql, isCountedSql, stepsSql } from './increase-sql.js';
import { isMemberSql, sameDistinctSql } from './member-sql.js';
import { isRecordedSql } from './recorded-sql.js';
import type { WindowKey } from './slot-comparison.js';
import type { Slot } from './slots.js';
import { atLeastSql, comparableSql, deviationSql, scaledSql, squareSql } from './value-sql.js';

export interface SqlComparison {
  /** Numbers of equal windows, by tenant. */
  readonly equal: { tenantId: string; windows: number; points: number }[];
  /** Histogram of the delays from watermark to emission, by tenant; see `delays.ts`. */
  readonly delays: { tenantId: string; bucket: number; windows: number }[];
  /** Windows that seem to differ, in order, up to the limit. */
  readonly differing: WindowKey[];
  /** Whether some window has an increase or members, or points that these are made of. */
  has: { counters: boolean; members: boolean };
}

export interface CompareOptions {
  readonly tenantId: string | null;
  readonly tolerance: number;
  /** Maximum number of differing windows. */
  readonly limit: number;
  /** Returns only differing windows after this one; null for the first page. */
  readonly after: WindowKey | null;
  /** Null where none are expected: all windows with counters then seem to differ. */
  readonly counters: CounterComparison | null;
  /** False where none are expected: all windows with members then seem to differ. */
  readonly members: boolean;
}

/**
 * How far before a slot points of counters are read, so that each has the one before: most come that often. A window with
 * one that has none so near seems to differ, and is compared by itself.
 */
const LOOK_BACK_MS: Millis = 120_000;

type Row =
  | { kind: 'equal'; row: SqlComparison['equal'][number] }
  | { kind: 'delay'; row: SqlComparison['delays'][number] }
  | { kind: 'has'; row: SqlComparison['has'] }
  | { kind: 'differs'; row: WindowKey };

/**
 * Recomputes the windows of a slot from the stored points in SQL and compares them with the windows of the stream.
 * Late points are not taken into account: a window that lacks some is among the differing ones.
 *
 * Points are aggregated once per pane, as long as the advance, and windows are combined from panes. First and last are
 * determined by time alone, so a window with several points at its first or last time may be among the differing ones
 * although it is equal.
 */
export async function compareInSql(
  pool: Pool,
  definition: AlignedDefinition,
  slot: Slot,
  options: CompareOptions,
): Promise<SqlComparison> {
  const { name, sizeMs, advanceMs, graceMs } = definition;
  const from = Math.ceil(slot.start / advanceMs) * advanceMs;
  const to = Math.ceil(slot.end / advanceMs) * advanceMs;
  const result: SqlComparison = {
    equal: [],
    delays: [],
    differing: [],
    has: { counters: false, members: false },
  };
  if (from >= to) return result;
  const { after, counters, members } = options;
  const ofCounters =
    counters === null ? [] : [counters.idleMs, Math.min(LOOK_BACK_MS, counters.idleMs), counters.since];
  try {
    const { rows } = await pool.query<Row>(statement(definition, counters !== null, members), [
      name,
      from,
      to,
      sizeMs,
      advanceMs,
      graceMs,
      likeOf(definition.metrics),
      likeOf(definition.tenants),
      options.tenantId,
      options.tolerance,
      options.limit,
      after?.start ?? null,
      after?.tenantId ?? null,
      after?.metric ?? null,
      after === null ? null : JSON.stringify(after.tags),
      ...ofCounters,
    ]);
    for (const { kind, row } of rows) {
      if (kind === 'equal') result.equal.push(row);
      else if (kind === 'delay') result.delays.push(row);
      else if (kind === 'has') result.has = row;
      else result.differing.push(row);
    }
    return result;
  } catch (error) {
    throw databaseError(error, `comparing windows ${name} from ${new Date(from).toISOString()}`);
  }
}

function statement(definition: AlignedDefinition, withCounters: boolean, withMembers: boolean): string {
  const ofTenant = `tenant_id LIKE $8 AND ($9::text IS NULL OR tenant_id = $9)`;
  const time = (ms: string) => `to_timestamp(${ms} / 1000)`;
  const length = (ms: string) => `${ms} * INTERVAL '1 millisecond'`;
  return `
WITH points AS (
  SELECT time, tenant_id, metric, tags, kind, ${comparableSql('value')} AS value,
    CASE WHEN ${isMemberSql('kind', 'value')} THEN value END AS member
  FROM tactus.metric_points
  WHERE time >= ${time('$2::float8')} AND time < ${time('($3::float8 - $5::float8 + $4::float8)')}
    AND metric LIKE $7 AND ${ofTenant}
), panes AS (
  SELECT time_bucket(${length('$5::float8')}, time, TIMESTAMPTZ 'epoch') AS pane, tenant_id, metric,
    ${groupSql(definition, 'tags')} AS tags,
    count(*)::float8 AS count, sum(value) AS sum, sum(abs(value)) AS weight, min(value) AS min, max(value) AS max,
    var_pop(${scaledSql('value')}) * count(*) AS m2, first(value, time) AS first, last(value, time) AS last,
    bool_or(${isCountedSql('kind')}) AS counts, bool_or(member IS NOT NULL) AS has_members,
    bool_or(${isRecordedSql('kind')}) AS recorded
  FROM points
  GROUP BY 1, 2, 3, 4
), made AS MATERIALIZED (
  SELECT DISTINCT tenant_id, metric FROM panes WHERE recorded
), spread AS (
  SELECT panes.*, pane - i * ${length('$5::float8')} AS start
  FROM panes CROSS JOIN generate_series(0, ($4::float8 / $5::float8)::int - 1) AS i
), meant AS (
  SELECT spread.*, sum(sum) OVER same / sum(count) OVER same AS mean
  FROM spread
  WHERE start >= ${time('$2::float8')} AND start < ${time('$3::float8')}
  WINDOW same AS (PARTITION BY start, tenant_id, metric, tags)
), expected AS (
  SELECT start, tenant_id, metric, tags, sum(count) AS count, sum(sum) AS sum, sum(weight) AS weight,
    min(min) AS min, max(max) AS max, greatest(abs(min(min)), abs(max(max))) AS size,
    ${deviationSql(`sum(m2 + count * (${squareSql('(sum / count - mean)')}))`, 'sum(count)')} AS stddev,
    first(first, pane) AS first, last(last, pane) AS last, bool_or(counts) AS counts,
    bool_or(has_members) AS has_members
  FROM meant
  GROUP BY 1, 2, 3, 4
)${withCounters ? increasesSql(definition, ofTenant) : ''}${withMembers ? membersSql(definition) : ''}, written AS (
  SELECT start, tenant_id, metric, tags, count, sum, min, max, mean, stddev, first, last, increase, "distinct",
    (date_part('epoch', emitted_at - watermark) * 1000 - $6::float8) AS delay_ms
  FROM tactus.windows
  WHERE "window" = $1 AND start >= ${time('$2::float8')} AND start < ${time('$3::float8')}
    AND metric LIKE $7 AND ${ofTenant}
), compared AS MATERIALIZED (
  SELECT start, tenant_id, metric, tags, e.count, w.delay_ms, e.counts OR w.increase IS NOT NULL AS counts,
    e.has_members OR w."distinct" IS NOT NULL AS has_members,
    coalesce(w.count = e.count
      AND abs(w.sum - e.sum) <= $10::float8 * ${atLeastSql('e.weight')}
      AND abs(w.mean - e.sum / e.count) <= $10::float8 * ${atLeastSql('e.weight / e.count')}
      AND abs(w.min - e.min) <= $10::float8 * ${atLeastSql('e.size')}
      AND abs(w.max - e.max) <= $10::float8 * ${atLeastSql('e.size')}
      AND abs(w.stddev - e.stddev) <= $10::float8 * ${atLeastSql('e.size')}
      AND abs(w.first - e.first) <= $10::float8 * ${atLeastSql('e.size')}
      AND abs(w.last - e.last) <= $10::float8 * ${atLeastSql('e.size')}
      AND ${withCounters ? SAME_INCREASE : 'NOT e.counts AND w.increase IS NULL'}
      AND ${withMembers ? sameDistinctSql('w."distinct"', 'm.members') : 'NOT e.has_members AND w."distinct" IS NULL'}, false) AS same
  FROM expected AS e FULL JOIN written AS w USING (start, tenant_id, metric, tags)
  ${withCounters ? 'LEFT JOIN increases AS i USING (start, tenant_id, metric, tags)' : ''}
  ${withMembers ? 'LEFT JOIN members AS m USING (start, tenant_id, metric, tags)' : ''}
  WHERE (tenant_id, metric) NOT IN (SELECT tenant_id, metric FROM made)
)
SELECT 'equal' AS kind,
  jsonb_build_object('tenantId', tenant_id, 'windows', count(*), 'points', sum(count)) AS row
FROM compared WHERE same GROUP BY tenant_id
UNION ALL
SELECT 'delay', jsonb_build_object('tenantId', tenant_id, 'bucket', bucket, 'windows', count(*))
FROM (SELECT tenant_id, ${delayBucketSql('delay_ms')} AS bucket FROM compared WHERE delay_ms IS NOT NULL) AS delays
GROUP BY tenant_id, bucket
UNION ALL
SELECT 'has', jsonb_build_object('counters', coalesce(bool_or(counts), false), 'members', coalesce(bool_or(has_members), false))
FROM compared
UNION ALL
(SELECT 'differs', jsonb_build_object('start', round((date_part('epoch', start) * 1000)::numeric),
  'tenantId', tenant_id, 'metric', metric, 'tags', tags)
FROM compared
WHERE NOT same
  AND ($12::float8 IS NULL OR (start, tenant_id, metric, tags) > (${time('$12::float8')}, $13::text, $14::text, $15::jsonb))
ORDER BY start, tenant_id, metric, tags
LIMIT $11)`;
}

/** Parameters $16 to $18: how far a point before may be, how far back it is looked for here, and the first start to compare. */
const SAME_INCREASE = `CASE
        WHEN start < to_timestamp($18::float8 / 1000) THEN true
        WHEN NOT e.counts THEN w.increase IS NULL
        WHEN i.tied THEN w.increase IS NOT NULL
        WHEN i.unsure THEN false
        ELSE abs(w.increase - i.increase) <= $10::float8 * ${atLeastSql(`(i.weight + ${INCREASE_OF_SIZE} * e.size)`)}
      END`;

function increasesSql(definition: AlignedDefinition, ofTenant: string): string {
  const time = (ms: string) => `to_timestamp(${ms} / 1000)`;
  const length = (ms: string) => `${ms} * INTERVAL '1 millisecond'`;
  return `, counted AS (
  SELECT p.tenant_id, p.metric, p.tags, ${countedColumnsSql('p')}
  FROM tactus.metric_points AS p
  WHERE time >= ${time('($2::float8 - $17::float8)')} AND time < ${time('($3::float8 - $5::float8 + $4::float8)')}
    AND metric LIKE $7 AND ${ofTenant} AND ${isCountedSql('kind')}
), steps AS (${stepsSql('counted', 'tenant_id, metric, tags', length('$16::float8'))}
), risen AS (
  SELECT time_bucket(${length('$5::float8')}, time, TIMESTAMPTZ 'epoch') AS pane, tenant_id, metric,
    ${groupSql(definition, 'tags')} AS tags,
    sum(step) AS increase, sum(abs(step)) AS weight, bool_or(unsure) AS unsure, bool_or(tied) AS tied
  FROM steps WHERE time >= ${time('$2::float8')}
  GROUP BY 1, 2, 3, 4
), increases AS (
  SELECT pane - i * ${length('$5::float8')} AS start, tenant_id, metric, tags, sum(increase) AS increase,
    sum(weight) AS weight, bool_or(unsure) AS unsure, bool_or(tied) AS tied
  FROM risen CROSS JOIN generate_series(0, ($4::float8 / $5::float8)::int - 1) AS i
  GROUP BY 1, 2, 3, 4
)`;
}

/** How many different members each window has, over its panes. */
function membersSql(definition: AlignedDefinition): string {
  const length = `$5::float8 * INTERVAL '1 millisecond'`;
  return `, present AS (
  SELECT DISTINCT time_bucket(${length}, time, TIMESTAMPTZ 'epoch') AS pane, tenant_id, metric,
    ${groupSql(definition, 'tags')} AS tags, member
  FROM points WHERE member IS NOT NULL
), members AS (
  SELECT pane - i * ${length} AS start, tenant_id, metric, tags, count(DISTINCT member) AS members
  FROM present CROSS JOIN generate_series(0, ($4::float8 / $5::float8)::int - 1) AS i
  GROUP BY 1, 2, 3, 4
)`;
}
