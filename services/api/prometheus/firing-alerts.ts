import type { TenantReader } from '../queries/tenant-database.js';
import { formatValue } from './promql/functions/numbers.js';

/** An alert that fires or waits to, as Prometheus gives it. */
export interface FiringAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'firing' | 'pending';
  readonly activeAt: string;
  readonly value: string;
}

interface AlertRow extends Omit<FiringAlert, 'activeAt' | 'value'> {
  /** Its id. */
  readonly rule: string;
  readonly startsAt: Date;
  readonly value: number;
}

const STATES = ['firing', 'pending'] satisfies FiringAlert['state'][];

/** Those that fire, and those that wait to, newest first, with their rules. */
export async function findLiveAlerts(
  reader: TenantReader,
  limit: number,
): Promise<(FiringAlert & { readonly rule: string })[]> {
  const rows = await reader.rows<AlertRow & Record<string, unknown>>(
    `SELECT rule, labels, annotations, state, starts_at AS "startsAt", value FROM tactus_tenant.alerts
     WHERE state = ANY ($1) AND ends_at IS NULL ORDER BY updated_at DESC LIMIT $2`,
    [STATES, limit],
  );
  return rows.map(({ rule, labels, annotations, state, startsAt, value }) => ({
    ...{ rule, labels, annotations, state, activeAt: startsAt.toISOString(), value: formatValue(value) },
  }));
}
