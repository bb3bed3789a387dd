import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import { inTransaction, type Pool, type PoolClient } from '../../../shared/adapters/postgres/pool.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { AlignedDefinition } from '../../../shared/windows/definition.js';
import { DistinctSketch } from '../../../shared/windows/distinct.js';
import { BUCKET_MS, bucketStart } from './buckets.js';
import { markCoarser } from './dirty-ranges.js';
import { latestWindowsSql, minuteParameters } from './minute-windows.js';

/** Windows read at once; a sketch has at most 12 kB. */
const PAGE = 500;
/** Series written at once. */
const SERIES = 100;
/** Coarser lengths with the one that their numbers of points are added up from. */
const COARSER = [
  { bucket: '1h', finer: '1m' },
  { bucket: '1d', finer: '1h' },
] as const;

/** The members of a series in a minute. */
interface SeriesMembers {
  readonly row: Row;
  /** Points whose members are in the sketch. */
  points: number;
  readonly sketch: DistinctSketch;
}

interface Row {
  readonly tenant_id: string;
  readonly metric: string;
  readonly tags: Record<string, string>;
  readonly tags_md5: string;
  readonly start_ms: number;
  readonly count: number;
  readonly sketch: Buffer;
}

/**
 * Counts the members of the minute from the sketches of its windows, each as it was last corrected, and merges them into those of the
 * hour and the day. Points are only added, and a sketch that is merged again changes nothing: so hours and days need not be
 * made anew from all their minutes. Series that have not changed are left alone.
 */
export async function rollUpMembers(pool: Pool, definition: AlignedDefinition, start: Millis): Promise<void> {
  let changed: SeriesMembers[] = [];
  let last: SeriesMembers | undefined;
  for await (const row of changedWindows(pool, definition, start)) {
    const sketch = readSketch(row.sketch);
    if (sketch === null) continue;
    if (last !== undefined && isSameSeries(last.row, row)) {
      last.points += row.count;
      last.sketch.merge(sketch);
      continue;
    }
    if (changed.length === SERIES) {
      await write(pool, start, changed);
      changed = [];
    }
    last = { row, points: row.count, sketch };
    changed.push(last);
  }
  if (changed.length > 0) await write(pool, start, changed);
}

function isSameSeries(a: Row, b: Row): boolean {
  return a.tenant_id === b.tenant_id && a.metric === b.metric && a.tags_md5 === b.tags_md5;
}

/** Null for bytes that are none: its members are not known then. */
function readSketch(bytes: Buffer): DistinctSketch | null {
  try {
    return DistinctSketch.read(bytes);
  } catch {
    return null;
  }
}

const CHANGED = `
WITH ${latestWindowsSql('count, sketch')}, known AS (
  SELECT latest.*, sum(count) OVER (PARTITION BY tenant_id, metric, tags_md5) AS points
  FROM latest WHERE sketch IS NOT NULL
)
SELECT k.tenant_id, k.metric, k.tags, k.tags_md5, round(date_part('epoch', k.start) * 1000) AS start_ms,
  k.count::float8 AS count, k.sketch
FROM known AS k
LEFT JOIN tactus.rollup_members AS m
  ON m.bucket = '1m' AND m.start = to_timestamp($2::float8 / 1000) AND m.tenant_id = k.tenant_id AND m.metric = k.metric
    AND m.tags_md5 = k.tags_md5
WHERE m.count IS DISTINCT FROM k.points
  AND ($5::text IS NULL OR
    (k.tenant_id, k.metric, k.tags_md5, k.start) > ($5, $6::text, $7::uuid, to_timestamp($8::float8 / 1000)))
ORDER BY k.tenant_id, k.metric, k.tags_md5, k.start LIMIT ${PAGE}`;

/** The windows of series that count other points than the minute does so far, series by series. */
async function* changedWindows(
  pool: Pool,
  definition: AlignedDefinition,
  start: Millis,
): AsyncGenerator<Row> {
  let after: Row | undefined;
  for (;;) {
    let rows: Row[];
    try {
      const cursor = [after?.tenant_id, after?.metric, after?.tags_md5, after?.start_ms];
      ({ rows } = await pool.query<Row>(CHANGED, [...minuteParameters(definition, start), ...cursor]));
    } catch (error) {
      throw databaseError(error, 'reading members of a minute');
    }
    yield* rows;
    if (rows.length < PAGE) return;
    after = rows.at(-1);
  }
}

/** Writes the minute, and with it the hour and the day, in one transaction. */
async function write(pool: Pool, minute: Millis, changed: readonly SeriesMembers[]): Promise<void> {
  const rows = changed.map(({ row }) => row);
  const series = [
    rows.map(({ tenant_id }) => tenant_id),
    rows.map(({ metric }) => metric),
    rows.map(({ tags }) => JSON.stringify(tags)),
  ];
  await inTransaction(pool, 'writing members of a minute', async (client) => {
    // Sketches are read, merged and written: another instance that has just taken over must not do so meanwhile.
    await client.query('LOCK TABLE tactus.rollup_members IN SHARE ROW EXCLUSIVE MODE');
    await client.query(WRITE_MINUTE, [
      minute,
      ...series,
      changed.map(({ points }) => points),
      changed.map(({ sketch }) => sketch.count),
    ]);
    for (const { bucket, finer } of COARSER) {
      const start = bucketStart(bucket, minute);
      const before = await readSketches(client, bucket, start, series);
      const merged = changed.map(({ sketch }, i) => mergedWith(before.get(i + 1), sketch));
      await client.query(WRITE_COARSER, [
        start,
        ...series,
        merged.map(({ distinct }) => distinct),
        merged.map(({ sketch }) => sketch),
        ...[bucket, finer, start + BUCKET_MS[bucket]],
      ]);
    }
    await markCoarser(client, minute);
  });
}

/** With the sketch in base64; null where it stays what it is. */
function mergedWith(
  before: Buffer | undefined,
  sketch: DistinctSketch,
): { distinct: number; sketch: string | null } {
  const merged = (before === undefined ? null : readSketch(before)) ?? new DistinctSketch();
  merged.merge(sketch);
  const bytes = merged.write();
  return { distinct: merged.count, sketch: before?.equals(bytes) ? null : bytes.toString('base64') };
}

/** By the number of the series, from 1. */
async function readSketches(
  client: PoolClient,
  bucket: string,
  start: Millis,
  series: readonly unknown[],
): Promise<Map<number, Buffer>> {
  const { rows } = await client.query<{ number: number; sketch: Buffer }>(
    `SELECT r.number::int AS number, m.sketch
     FROM unnest($3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS r (tenant_id, metric, tags, number)
     JOIN tactus.rollup_members AS m
       ON m.bucket = $1 AND m.start = to_timestamp($2::float8 / 1000) AND m.tenant_id = r.tenant_id AND m.metric = r.metric
         AND m.tags_md5 = md5(r.tags::jsonb::text)::uuid
     WHERE m.sketch IS NOT NULL`,
    [bucket, start, ...series],
  );
  return new Map(rows.map(({ number, sketch }) => [number, sketch]));
}

const CONFLICT = 'ON CONFLICT (bucket, tenant_id, metric, tags_md5, start) DO UPDATE SET';

const WRITE_MINUTE = `
INSERT INTO tactus.rollup_members AS old (bucket, start, tenant_id, metric, tags, count, "distinct")
SELECT '1m', to_timestamp($1::float8 / 1000), r.tenant_id, r.metric, r.tags::jsonb, r.points, r.members
FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[]) AS r (tenant_id, metric, tags, points, members)
${CONFLICT} count = excluded.count, "distinct" = excluded."distinct", version = excluded.version, published = false`;

const WRITE_COARSER = `
INSERT INTO tactus.rollup_members AS old (bucket, start, tenant_id, metric, tags, count, "distinct", sketch, published)
SELECT $7, to_timestamp($1::float8 / 1000), r.tenant_id, r.metric, r.tags::jsonb,
  (SELECT sum(f.count) FROM tactus.rollup_members AS f
   WHERE f.bucket = $8 AND f.tenant_id = r.tenant_id AND f.metric = r.metric AND f.tags_md5 = md5(r.tags::jsonb::text)::uuid
     AND f.start >= to_timestamp($1::float8 / 1000) AND f.start < to_timestamp($9::float8 / 1000)),
  r.members, decode(r.sketch, 'base64'), true
FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[]) AS r (tenant_id, metric, tags, members, sketch)
${CONFLICT} count = excluded.count, "distinct" = excluded."distinct", sketch = coalesce(excluded.sketch, old.sketch)`;
