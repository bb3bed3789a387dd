import type { TenantReader } from './tenant-database.js';

export interface ShareRow {
  readonly id: string;
  readonly comment: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly usedAt: Date | null;
}

export const SHARE_COLUMNS = `id, comment, created_by AS "createdBy", created_at AS "createdAt", expires_at AS "expiresAt",
  used_at AS "usedAt"`;

/** The links of a dashboard that are in force, oldest first. */
export async function listShares(reader: TenantReader, dashboardId: string): Promise<ShareRow[]> {
  return await reader.rows<ShareRow & Record<string, unknown>>(
    `SELECT ${SHARE_COLUMNS} FROM tactus_tenant.dashboard_shares WHERE dashboard_id = $1 ORDER BY created_at, id`,
    [dashboardId],
  );
}

/** A dashboard, as it is now, by a link to it. */
export interface SharedDashboard {
  readonly id: string;
  readonly spec: Record<string, unknown>;
}

/** Null where the link is not in force. */
export async function findSharedDashboard(
  reader: TenantReader,
  shareId: string,
): Promise<SharedDashboard | null> {
  const [found] = await reader.rows<SharedDashboard & Record<string, unknown>>(
    `SELECT dashboards.id, dashboards.spec FROM tactus_tenant.dashboard_shares AS shares
     JOIN tactus_tenant.dashboards ON dashboards.id = shares.dashboard_id WHERE shares.id = $1`,
    [shareId],
  );
  return found ?? null;
}
