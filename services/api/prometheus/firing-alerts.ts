import type { TenantReader } from '../queries/tenant-database.js';
import { formatValue } from './promql/functions/numbers.js';

/** An alert that fires, as Prometheus gives it. */
export interface FiringAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'firing';
  readonly activeAt: string;
  readonly value: string;
}

interface AlertRow {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: Date;
  readonly value: number;
}

/** The alerts that fire, newest first. */
export async function findFiringAlerts(reader: TenantReader, limit: number): Promise<FiringAlert[]> {
  const rows = await reader.rows<AlertRow & Record<string, unknown>>(
    `SELECT labels, annotations, starts_at AS "startsAt", value FROM tactus_tenant.alerts
     WHERE state = 'firing' AND ends_at IS NULL ORDER BY updated_at DESC LIMIT $1`,
    [limit],
  );
  return rows.map(({ labels, annotations, startsAt, value }) => ({
    labels,
    annotations,
    state: 'firing',
    activeAt: startsAt.toISOString(),
    value: formatValue(value),
  }));
}
