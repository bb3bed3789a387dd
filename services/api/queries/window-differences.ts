import type { Millis } from '../../../shared/core/clock.js';
import { addTally, type Cause, emptyTally, type Tally } from '../../../shared/windows/tally.js';
import { groupedSql, missedSql } from './grouped-sql.js';
import type { TenantReader } from './tenant-database.js';

/** Figures of a window, as the stream has them or computed from points. */
export interface Figures {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly stddev: number;
  readonly first: number;
  readonly last: number;
  readonly increase: number | null;
  readonly distinct: number | null;
}

export interface Difference {
  readonly start: Date;
  /** Null for points that are in no session. */
  readonly end: Date | null;
  readonly metric: string;
  readonly tags: Record<string, string>;
  readonly cause: Cause;
  readonly detail: string;
  readonly storedPoints: number;
  readonly countedPoints: number;
  readonly latePoints: number;
  readonly stream: Figures | null;
  readonly stored: Figures | null;
  readonly expected: Figures | null;
}

export interface ListedDifference extends Difference {
  /** Names its tags in the order of the list. */
  readonly key: string;
  /** Of its late points, those that came too late themselves, and those that a hold has let be late. */
  readonly arrival: number;
  readonly hold: number;
}

/** Of the begins of slots. */
interface Slots {
  readonly window: string;
  readonly start: Millis;
  readonly end: Millis;
}

export interface DifferenceSearch extends Slots {
  readonly cause?: string;
  readonly metric?: string;
  /** Start, metric and key of the last one that is known. */
  readonly after: readonly [Millis, string, string] | null;
  readonly limit: number;
}

const DIFFERENCE = `d.start, d."end", d.metric, d.tags, d.cause, d.detail, d.stored_points::int AS "storedPoints",
  d.counted_points::int AS "countedPoints", d.late_points::int AS "latePoints", d.stream, d.stored, d.expected`;
/** Some two months of minutes. */
const MAX_SLOTS = 100_000;
/** Points of no session are looked for from the first of them on, for so long. */
const OUTSIDE = `INTERVAL '1 hour'`;

/** What was found in slots, together, and in how many. */
export async function findTally(
  reader: TenantReader,
  { window, start, end }: Slots,
): Promise<{ readonly slots: number; readonly tally: Tally }> {
  const rows = await reader.rows<{ tally: Tally }>(
    `SELECT tally FROM tactus_tenant.reconciled WHERE "window" = $1 AND start >= $2 AND start < $3 LIMIT $4`,
    [window, new Date(start), new Date(end), MAX_SLOTS],
  );
  const sum = emptyTally();
  for (const { tally } of rows) addTally(sum, tally);
  return { slots: rows.length, tally: sum };
}

/** Windows that differ, newest first. */
export async function findDifferences(
  reader: TenantReader,
  { window, start, end, cause, metric, after, limit }: DifferenceSearch,
): Promise<ListedDifference[]> {
  return await reader.rows<ListedDifference & Record<string, unknown>>(
    `SELECT ${DIFFERENCE}, d.key, coalesce(l.arrival, 0) AS arrival, coalesce(l.hold, 0) AS hold
     FROM (
       SELECT *, md5(tags::text) AS key FROM tactus_tenant.differences
       WHERE "window" = $1 AND slot >= $2 AND slot < $3
         AND ($4::text IS NULL OR cause = $4) AND ($5::text IS NULL OR metric = $5)
         AND ($6::timestamptz IS NULL OR start < $6 OR (start = $6 AND (metric, md5(tags::text)) > ($7, $8)))
       ORDER BY start DESC, metric, key LIMIT $9
     ) AS d
     JOIN tactus_tenant.reconciled AS r ON r."window" = d."window" AND r.start = d.slot
     LEFT JOIN LATERAL (
       SELECT count(*) FILTER (WHERE cause = 'arrival')::int AS arrival, count(*) FILTER (WHERE cause = 'hold')::int AS hold
       FROM tactus_tenant.late_points AS p
       WHERE d.late_points > 0 AND p.metric = d.metric AND p.time >= d.start
         AND p.time < coalesce(d."end", d.start + ${OUTSIDE}) AND ${groupedSql('p.tags', 'r.group_by')} = d.tags
         AND ${missedSql('p.missed', 'd."window"', 'd.start', 'r.kind')}
     ) AS l ON true
     ORDER BY d.start DESC, d.metric, d.key`,
    [
      ...[window, new Date(start), new Date(end), cause ?? null, metric ?? null],
      ...[after === null ? null : new Date(after[0]), after?.[1] ?? null, after?.[2] ?? null, limit],
    ],
  );
}

export interface WindowKey {
  readonly window: string;
  readonly start: Millis;
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** A window of a slot that was compared. */
export interface ComparedWindow {
  readonly comparedAt: Date;
  readonly kind: string;
  readonly groupBy: readonly string[] | null;
  readonly end: Date;
  /** What the stream has written; null where it has not. */
  readonly stream: (Figures & { readonly watermark: Date; readonly emittedAt: Date }) | null;
  /** Null where it is right, or one of more than are kept. */
  readonly difference: Difference | null;
}

interface WindowRow extends Figures {
  readonly end: Date;
  readonly watermark: Date;
  readonly emittedAt: Date;
}

/** Null where it is not known: its slot was not compared, or there is neither a window nor a difference. */
export async function findWindow(
  reader: TenantReader,
  { window, start, metric, tags }: WindowKey,
): Promise<ComparedWindow | null> {
  const at = new Date(start);
  const key = [window, at, metric, JSON.stringify(tags)];
  const [slot] = await reader.rows<{ comparedAt: Date; kind: string; groupBy: string[] | null }>(
    `SELECT judged_at AS "comparedAt", kind, group_by AS "groupBy" FROM tactus_tenant.reconciled
     WHERE "window" = $1 AND start <= $2 AND "end" > $2 ORDER BY start DESC LIMIT 1`,
    [window, at],
  );
  if (slot === undefined) return null;
  const [difference = null] = await reader.rows<Difference & Record<string, unknown>>(
    `SELECT ${DIFFERENCE} FROM tactus_tenant.differences AS d
     WHERE "window" = $1 AND start = $2 AND metric = $3 AND tags = $4::jsonb ORDER BY slot DESC LIMIT 1`,
    key,
  );
  const [written] = await reader.rows<WindowRow & Record<string, unknown>>(
    `SELECT "end", count::float8 AS count, sum, min, max, mean, stddev, first, last, increase, "distinct"::float8 AS "distinct",
       watermark, emitted_at AS "emittedAt"
     FROM tactus_tenant.windows
     WHERE "window" = $1 AND start = $2 AND metric = $3 AND tags_md5 = md5(($4::jsonb)::text)::uuid`,
    key,
  );
  if (written === undefined && difference === null) return null;
  const { end: writtenEnd, ...stream } = written ?? {};
  return {
    ...{ ...slot, difference, stream: written === undefined ? null : (stream as ComparedWindow['stream']) },
    end: difference?.end ?? writtenEnd ?? new Date(start + 3_600_000),
  };
}

export interface WindowRecord {
  readonly time: Date;
  readonly value: number;
  readonly tags: Record<string, string>;
  readonly id: string;
  readonly kind: string;
  /** What `late` says of it, if it missed the window; null else. */
  readonly lateCause: string | null;
  readonly latenessMs: number | null;
  readonly watermark: Date | null;
}

/** The stored points of a window, in order of time. */
export async function findRecords(
  reader: TenantReader,
  { window, start, metric, tags }: WindowKey,
  { end, groupBy, kind }: Pick<ComparedWindow, 'end' | 'groupBy' | 'kind'>,
  { after, limit }: { readonly after: readonly [Millis, string] | null; readonly limit: number },
): Promise<WindowRecord[]> {
  return await reader.rows<WindowRecord & Record<string, unknown>>(
    `SELECT p.time, p.value, p.tags, p.id, p.kind, l.cause AS "lateCause", l.lateness_ms::float8 AS "latenessMs", l.watermark
     FROM (
       SELECT * FROM tactus_tenant.metric_points AS p
       WHERE metric = $3 AND time >= $2 AND time < $5 AND ${groupedSql('p.tags', '$6::text[]')} = $4::jsonb
         AND ($8::timestamptz IS NULL OR (time, id) > ($8, $9::text))
       ORDER BY time, id LIMIT $10
     ) AS p
     LEFT JOIN tactus_tenant.late_points AS l
       ON l.time = p.time AND l.id = p.id AND l.time >= $2 AND l.time < $5
         AND ${missedSql('l.missed', '$1::text', '$2::timestamptz', '$7::text')}
     ORDER BY p.time, p.id`,
    [
      ...[window, new Date(start), metric, JSON.stringify(tags), end, groupBy, kind],
      ...[after === null ? null : new Date(after[0]), after?.[1] ?? null, limit],
    ],
  );
}
