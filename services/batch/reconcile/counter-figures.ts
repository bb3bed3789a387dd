import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { WindowDefinition } from '../../../shared/windows/definition.js';
import { groupSql } from './definition-sql.js';
import type { StoredFigures, StoredIncrease, WindowFigures } from './figures.js';
import { countedColumnsSql, isCountedSql, stepsSql } from './increase-sql.js';
import { type KeyedFigures, keyParameters, keysSql } from './keys-sql.js';

/** How the increases of windows are compared. */
export interface CounterComparison {
  /** How far a counter's point before may be; that of windowing. */
  readonly idleMs: Millis;
  /** Windows that start before may lack a point before, on one side or the other: they are not compared. */
  readonly since: Millis;
  /** Names of the definitions that had counters when they were last compared: others are compared without looking for any. */
  readonly seen: Set<string>;
}

/** Adds the increases of the windows that have counters; one statement for all of them. */
export async function withIncreases(
  pool: Pool,
  definition: WindowDefinition,
  { idleMs, since }: CounterComparison,
  windows: readonly KeyedFigures[],
): Promise<WindowFigures[]> {
  const results = windows.map(({ figures }) => figures);
  const counting = windows.flatMap(({ figures }, i) => (figures.all?.counters ? [i] : []));
  const readable = counting.filter((i) => (windows[i] as KeyedFigures).key.start >= since);
  const read =
    readable.length === 0
      ? []
      : await readIncreases(
          pool,
          definition,
          idleMs,
          readable.map((i) => windows[i] as KeyedFigures),
        );
  for (const i of counting) {
    const { all, inTime, ...figures } = results[i] as WindowFigures;
    const { all: ofAll, in_time: ofInTime } = read[readable.indexOf(i)] ?? {};
    results[i] = { ...figures, all: withIncrease(all, ofAll), inTime: withIncrease(inTime, ofInTime) };
  }
  return results;
}

/** What cannot be known is not compared. */
const UNKNOWN: StoredIncrease = { sum: null, weight: 0, tied: false };

function withIncrease(
  figures: StoredFigures | null,
  increase: StoredIncrease | undefined,
): StoredFigures | null {
  return figures === null || figures.counters === 0 ? figures : { ...figures, increase: increase ?? UNKNOWN };
}

interface Row {
  readonly key: number;
  readonly part: 'all' | 'in_time';
  readonly increase: StoredIncrease;
}

/** In the order of the windows, over all stored points and over those that were not late. */
async function readIncreases(
  pool: Pool,
  definition: WindowDefinition,
  idleMs: Millis,
  windows: readonly KeyedFigures[],
): Promise<Partial<Record<Row['part'], StoredIncrease>>[]> {
  const starts = windows.map(({ key }) => key.start);
  const ends = windows.map(({ end }) => end);
  try {
    const { rows } = await pool.query<Row>(statement(definition), [
      definition.name,
      Math.min(...starts) - idleMs,
      Math.max(...ends),
      idleMs,
      ...keyParameters(windows),
    ]);
    const results: Partial<Record<Row['part'], StoredIncrease>>[] = windows.map(() => ({}));
    for (const { key, part, increase } of rows)
      (results[key - 1] as Partial<Record<Row['part'], StoredIncrease>>)[part] = increase;
    return results;
  } catch (error) {
    throw databaseError(error, `reading increases of windows ${definition.name}`);
  }
}

/**
 * A late point before an aligned window is the point before where it counts in the one that lies a whole number of
 * windows before: these follow each other, and add up. See `LateCounters` of windowing.
 */
function statement(definition: WindowDefinition): string {
  const idle = `$4::float8 * INTERVAL '1 millisecond'`;
  return `
WITH keys AS MATERIALIZED (${keysSql(5)}
), members AS (
  SELECT k.key, k.start, p.tags, ${countedColumnsSql('p')}, l.id IS NOT NULL AS late
  FROM keys AS k
  JOIN tactus.metric_points AS p
    ON p.tenant_id = k.tenant_id AND p.metric = k.metric AND p.time >= k.start - ${idle} AND p.time < k.finish
      AND ${groupSql(definition, 'p.tags')} = k.tags
  LEFT JOIN tactus.late_points AS l
    ON l.time = p.time AND l.tenant_id = p.tenant_id AND l.id = p.id AND ${missedSql(definition)}
  WHERE p.time >= to_timestamp($2::float8 / 1000) AND p.time < to_timestamp($3::float8 / 1000)
    AND ${isCountedSql('p.kind')}
), parts AS (
  SELECT members.*, 'all' AS part FROM members
  UNION ALL
  SELECT members.*, 'in_time' FROM members WHERE NOT late
), steps AS (${stepsSql('parts', 'part, key, tags', idle)}
)
SELECT key, part, jsonb_build_object('sum', sum(step), 'weight', sum(abs(step)), 'tied', bool_or(tied)) AS increase
FROM steps WHERE time >= start GROUP BY key, part`;
}

function missedSql(definition: WindowDefinition): string {
  if (definition.kind === 'session') return 'l.missed ? $1';
  const { sizeMs } = definition;
  const before = `k.start_ms - ceil((k.start_ms - round(date_part('epoch', p.time) * 1000)) / ${sizeMs}) * ${sizeMs}`;
  return `l.missed -> $1 @> to_jsonb((CASE WHEN p.time >= k.start THEN k.start_ms ELSE ${before} END)::bigint)`;
}
