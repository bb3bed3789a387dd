import type { Alert } from '../../../schemas/types.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { TenantReader } from './tenant-database.js';

/** One time that an alert went up, with its latest state. */
export interface AlertRow {
  readonly fingerprint: string;
  readonly rule: string;
  readonly tenantId: string;
  readonly state: Alert['state'];
  readonly severity: Alert['severity'];
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly value: number;
  readonly startsAt: Date;
  readonly endsAt: Date | null;
  readonly updatedAt: Date;
}

// An earlier version stored what JSON has no number for, where something was divided by nothing.
const COLUMNS = `fingerprint, rule, tenant_id AS "tenantId", state, severity, labels, annotations,
       CASE WHEN value IN ('NaN', 'Infinity', '-Infinity') THEN 0 ELSE value END AS value,
       starts_at AS "startsAt", ends_at AS "endsAt", updated_at AS "updatedAt"`;

export interface AlertSearch {
  readonly state?: string;
  readonly severity?: string;
  /** Any of these ids. */
  readonly rules?: readonly string[];
  /** Labels with their values, all of which an alert must have; one without a label has it empty. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly fingerprint?: string;
  readonly live?: boolean;
  /** Start and fingerprint of the last one that is known. */
  readonly after?: readonly [Millis, string] | null;
  readonly limit: number;
}

/** Newest first. */
export async function findAlerts(reader: TenantReader, search: AlertSearch): Promise<AlertRow[]> {
  const { state, severity, rules, labels = {}, fingerprint, live = false, after = null, limit } = search;
  const names = Object.keys(labels);
  return await reader.rows<AlertRow>(
    `SELECT ${COLUMNS}
     FROM tactus_tenant.alerts
     WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR severity = $2)
       AND ($3::text[] IS NULL OR rule = ANY ($3))
       AND NOT EXISTS (
         SELECT FROM unnest($4::text[], $5::text[]) AS wanted (name, value)
         WHERE coalesce(labels ->> wanted.name, '') <> wanted.value
       )
       AND ($6::text IS NULL OR fingerprint = $6) AND (NOT $7::boolean OR state <> 'resolved')
       AND ($8::timestamptz IS NULL OR (starts_at, fingerprint) < ($8, $9))
     ORDER BY starts_at DESC, fingerprint DESC LIMIT $10`,
    [
      ...[state ?? null, severity ?? null, rules ?? null, names, names.map((name) => labels[name] ?? '')],
      ...[fingerprint ?? null, live, after === null ? null : new Date(after[0]), after?.[1] ?? null, limit],
    ],
  );
}

/** The latest times that some alerts went up, newest first. @param bounds the most of each alert, and of all */
export async function findOccurrences(
  reader: TenantReader,
  fingerprints: readonly string[],
  { limit, most }: { readonly limit: number; readonly most: number },
): Promise<AlertRow[]> {
  return await reader.rows<AlertRow>(
    `SELECT ${COLUMNS}
     FROM (
       SELECT *, row_number() OVER (PARTITION BY fingerprint ORDER BY starts_at DESC) AS nth
       FROM tactus_tenant.alerts WHERE fingerprint = ANY ($1::text[])
     ) AS alerts
     WHERE nth <= $2 ORDER BY starts_at DESC LIMIT $3`,
    [fingerprints, limit, most],
  );
}

/** When an alert came to be in a state, of one time that it went up. */
export interface AlertStateRow {
  readonly startsAt: Date;
  readonly state: Alert['state'];
  readonly at: Date;
}

/** The states that an alert was in since a time that it went up, newest first. */
export async function findAlertStates(
  reader: TenantReader,
  fingerprint: string,
  { since, limit }: { readonly since: Date; readonly limit: number },
): Promise<AlertStateRow[]> {
  return await reader.rows<AlertStateRow>(
    `SELECT starts_at AS "startsAt", state, at
     FROM tactus_tenant.alert_states
     WHERE fingerprint = $1 AND starts_at >= $2
     ORDER BY starts_at DESC, at DESC, array_position(ARRAY['resolved', 'firing', 'pending'], state) LIMIT $3`,
    [fingerprint, since, limit],
  );
}
