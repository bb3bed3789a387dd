import type { MutedSeries } from '../../../shared/alerting/mutes.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { TenantReader } from './tenant-database.js';

export interface AnomalyRow {
  readonly id: string;
  readonly metric: string;
  readonly tags: Record<string, string>;
  readonly detector: string;
  readonly window: string;
  readonly start: Date;
  readonly end: Date;
  readonly value: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  readonly score: number;
  readonly severity: string;
  readonly explanation: string;
  readonly detectedAt: Date;
}

const COLUMNS = `id, metric, tags, detector, "window", start, "end", value, expected, lower, upper, score, severity, explanation,
       detected_at AS "detectedAt"`;

export interface AnomalySearch {
  readonly metric?: string;
  readonly severity?: string;
  /** Series that are muted, and whether anomalies of these or of others are wanted; null for all. */
  readonly muted?: { readonly series: readonly MutedSeries[]; readonly wanted: boolean } | null;
  readonly start: Millis;
  readonly end: Millis;
  /** Start and id of the last one that is known. */
  readonly after: readonly [Millis, string] | null;
  readonly limit: number;
}

/** Newest first. */
export async function findAnomalies(reader: TenantReader, search: AnomalySearch): Promise<AnomalyRow[]> {
  const { metric, severity, muted = null, start, end, after, limit } = search;
  const series = (muted?.series ?? []).filter(canBeStored);
  return await reader.rows<AnomalyRow>(
    `SELECT ${COLUMNS}
     FROM tactus_tenant.anomalies
     WHERE start >= $1 AND start < $2 AND ($3::text IS NULL OR metric = $3) AND ($4::text IS NULL OR severity = $4)
       AND ($5::timestamptz IS NULL OR (start, id) < ($5, $6))
       AND ($8::boolean IS NULL OR $8 = EXISTS (
         SELECT FROM unnest($9::text[], $10::jsonb[]) AS muted (pattern, tags)
         WHERE anomalies.metric LIKE muted.pattern AND anomalies.tags @> muted.tags
       ))
     ORDER BY start DESC, id DESC LIMIT $7`,
    [
      ...[new Date(start), new Date(end), metric ?? null, severity ?? null],
      ...[after === null ? null : new Date(after[0]), after?.[1] ?? null, limit],
      ...[muted?.wanted ?? null, series.map((one) => patternOf(one.metric))],
      series.map(({ tags }) => JSON.stringify(tags)),
    ],
  );
}

export async function anomalyById(reader: TenantReader, id: string): Promise<AnomalyRow | null> {
  const [row] = await reader.rows<AnomalyRow>(
    `SELECT ${COLUMNS} FROM tactus_tenant.anomalies WHERE id = $1 ORDER BY start DESC LIMIT 1`,
    [id],
  );
  return row ?? null;
}

/** False for one whose texts PostgreSQL takes in no question: no anomaly that it has is of such a series. */
function canBeStored({ metric, tags }: MutedSeries): boolean {
  return [metric, ...Object.entries(tags).flat()].every(
    (text) => text.isWellFormed() && !text.includes('\0'),
  );
}

/** A glob as a pattern of LIKE. */
function patternOf(glob: string): string {
  return glob
    .replace(/[\\%_]/g, '\\$&')
    .replaceAll('*', '%')
    .replaceAll('?', '_');
}

/** A series by its name. */
export interface SeriesName {
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * The newest anomalies of some series, each with the place of its series among those.
 *
 * @param search with the most of each series, and of all
 */
export async function findAnomaliesOf(
  reader: TenantReader,
  series: readonly SeriesName[],
  { start, end, limit, most }: Pick<AnomalySearch, 'start' | 'end' | 'limit'> & { readonly most: number },
): Promise<(AnomalyRow & { readonly of: number })[]> {
  return await reader.rows(
    `SELECT ${COLUMNS}, of
     FROM (
       SELECT anomalies.*, wanted.of::integer AS of,
         row_number() OVER (PARTITION BY wanted.of ORDER BY anomalies.start DESC, anomalies.id DESC) AS nth
       FROM tactus_tenant.anomalies
       JOIN unnest($1::text[], $2::jsonb[]) WITH ORDINALITY AS wanted (metric, tags, of)
         ON anomalies.metric = wanted.metric AND anomalies.tags = wanted.tags
       WHERE anomalies.start >= $3 AND anomalies.start < $4
     ) AS found
     WHERE nth <= $5 ORDER BY start DESC, id DESC LIMIT $6`,
    [
      ...[series.map(({ metric }) => metric), series.map(({ tags }) => JSON.stringify(tags))],
      ...[new Date(start), new Date(end), limit, most],
    ],
  );
}
