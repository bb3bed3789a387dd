import type { Millis } from '../../../shared/core/clock.js';
import type { TenantReader } from './tenant-database.js';

export interface EventRow {
  readonly id: string;
  readonly type: string;
  readonly time: Date;
  readonly subjectId: string | null;
  readonly attributes: Record<string, unknown>;
}

export interface EventSearch {
  readonly type?: string;
  readonly subject?: string;
  /** Events that have all of these attributes. */
  readonly attributes: Readonly<Record<string, unknown>> | null;
  /** Found in type, subject and attributes, whatever their case. */
  readonly text?: string;
  readonly start: Millis;
  readonly end: Millis;
  readonly after: readonly [Millis, string] | null;
  readonly limit: number;
}

/** Newest first. */
export async function findEvents(reader: TenantReader, search: EventSearch): Promise<EventRow[]> {
  const { type, subject, attributes, text, start, end, after, limit } = search;
  const values: unknown[] = [new Date(start), new Date(end), type ?? null, subject ?? null];
  values.push(text === undefined ? null : `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`);
  values.push(after === null ? null : new Date(after[0]), after?.[1] ?? null, limit);
  if (attributes !== null) values.push(JSON.stringify(attributes));
  const table = attributes === null ? 'tactus_tenant.events' : 'tactus_tenant.events_with($9, $1, $2)';
  return await reader.rows<EventRow>(
    `SELECT id, type, time, subject_id AS "subjectId", attributes
     FROM ${table}
     WHERE time >= $1 AND time < $2 AND ($3::text IS NULL OR type = $3) AND ($4::text IS NULL OR subject_id = $4)
       AND ($5::text IS NULL OR type ILIKE $5 OR subject_id ILIKE $5 OR attributes::text ILIKE $5)
       AND ($6::timestamptz IS NULL OR (time, id) < ($6, $7))
     ORDER BY time DESC, id DESC LIMIT $8`,
    values,
  );
}
