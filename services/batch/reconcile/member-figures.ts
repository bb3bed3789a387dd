import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { WindowDefinition } from '../../../shared/windows/definition.js';
import { DistinctSketch } from '../../../shared/windows/distinct.js';
import { groupSql } from './definition-sql.js';
import type { StoredFigures, WindowFigures } from './figures.js';
import { type KeyedFigures, keyParameters, keysSql } from './keys-sql.js';
import { isMemberSql } from './member-sql.js';

/** Different members that are read at once, whatever windows there are. */
const PAGE = 100_000;

/** The members of one window, of all its points and of those that were not late. */
interface Sketches {
  readonly all: DistinctSketch;
  readonly inTime: DistinctSketch;
}

/** Counts the members of the windows that have any, by the sketches that windowing makes of them, a bounded number at a time. */
export async function withMembers(
  pool: Pool,
  definition: WindowDefinition,
  windows: readonly KeyedFigures[],
): Promise<WindowFigures[]> {
  const results = windows.map(({ figures }) => figures);
  const counting = windows.flatMap(({ figures }, i) => (figures.all?.members ? [i] : []));
  for (const batch of batchesOf(counting, (i) => windows[i]?.figures.all?.members ?? 0)) {
    const sketches = await readMembers(
      pool,
      definition,
      batch.map((i) => windows[i] as KeyedFigures),
    );
    batch.forEach((i, n) => {
      const { all, inTime } = sketches[n] as Sketches;
      const figures = results[i] as WindowFigures;
      results[i] = {
        ...figures,
        all: withDistinct(figures.all, all),
        inTime: withDistinct(figures.inTime, inTime),
        sketch: all.write(),
      };
    });
  }
  return results;
}

function withDistinct(figures: StoredFigures | null, sketch: DistinctSketch): StoredFigures | null {
  return figures === null || figures.members === 0 ? figures : { ...figures, distinct: sketch.count };
}

/** Windows with so few points that their members fit on a page, or one with more. */
function* batchesOf(windows: readonly number[], pointsOf: (window: number) => number): Generator<number[]> {
  let batch: number[] = [];
  let points = 0;
  for (const window of windows) {
    if (batch.length > 0 && points + pointsOf(window) > PAGE) {
      yield batch;
      batch = [];
      points = 0;
    }
    batch.push(window);
    points += pointsOf(window);
  }
  if (batch.length > 0) yield batch;
}

interface Row {
  readonly key: number;
  readonly value: number;
  readonly in_time: boolean;
}

/** In the order of the windows. */
async function readMembers(
  pool: Pool,
  definition: WindowDefinition,
  windows: readonly KeyedFigures[],
): Promise<Sketches[]> {
  const sketches = windows.map(() => ({ all: new DistinctSketch(), inTime: new DistinctSketch() }));
  const from = Math.min(...windows.map(({ key }) => key.start));
  const to = Math.max(...windows.map(({ end }) => end));
  let after = { key: 0, value: 0 };
  try {
    for (;;) {
      const { rows } = await pool.query<Row>(statement(definition), [
        ...[definition.name, from, to, after.key, after.value, PAGE],
        ...keyParameters(windows),
      ]);
      for (const { key, value, in_time } of rows) {
        const { all, inTime } = sketches[key - 1] as Sketches;
        all.add(value);
        if (in_time) inTime.add(value);
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return sketches;
      after = last;
    }
  } catch (error) {
    throw databaseError(error, `reading members of windows ${definition.name}`);
  }
}

/** Each member of a window once. */
function statement(definition: WindowDefinition): string {
  const missed =
    definition.kind === 'session' ? 'l.missed ? $1' : 'l.missed -> $1 @> to_jsonb(k.start_ms::bigint)';
  return `
WITH keys AS MATERIALIZED (${keysSql(7)}
)
SELECT k.key, p.value, bool_or(l.id IS NULL) AS in_time
FROM keys AS k
JOIN tactus.metric_points AS p
  ON p.tenant_id = k.tenant_id AND p.metric = k.metric AND p.time >= k.start AND p.time < k.finish
    AND ${groupSql(definition, 'p.tags')} = k.tags
LEFT JOIN tactus.late_points AS l
  ON l.time = p.time AND l.tenant_id = p.tenant_id AND l.id = p.id AND ${missed}
WHERE p.time >= to_timestamp($2::float8 / 1000) AND p.time < to_timestamp($3::float8 / 1000)
  AND ${isMemberSql('p.kind', 'p.value')} AND (k.key, p.value) > ($4::int, $5::float8)
GROUP BY k.key, p.value ORDER BY k.key, p.value LIMIT $6`;
}
