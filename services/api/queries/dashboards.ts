import type { TenantReader } from './tenant-database.js';

export interface DashboardRow {
  readonly id: string;
  /** Another one after each change. */
  readonly version: string;
  readonly title: string;
  /** Panels and whatever else the page that shows it keeps. */
  readonly spec: Record<string, unknown>;
  readonly updatedBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** All but `spec`, which may be large. */
export const DASHBOARD_COLUMNS = `id, version::text AS version, title, updated_by AS "updatedBy", created_at AS "createdAt",
  updated_at AS "updatedAt"`;

/** By their ids, as bytes, without what they show. @param after the id before the first */
export async function listDashboards(
  reader: TenantReader,
  after: string | null,
  limit: number,
): Promise<Omit<DashboardRow, 'spec'>[]> {
  return await reader.rows<Omit<DashboardRow, 'spec'>>(
    `SELECT ${DASHBOARD_COLUMNS} FROM tactus_tenant.dashboards WHERE $1::text IS NULL OR id > $1 COLLATE "C"
     ORDER BY id COLLATE "C" LIMIT $2`,
    [after, limit],
  );
}

export async function findDashboard(reader: TenantReader, id: string): Promise<DashboardRow | null> {
  const [found] = await reader.rows<DashboardRow>(
    `SELECT ${DASHBOARD_COLUMNS}, spec FROM tactus_tenant.dashboards WHERE id = $1`,
    [id],
  );
  return found ?? null;
}
