import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import { DASHBOARD_COLUMNS, type DashboardRow } from '../queries/dashboards.js';
import { queryError } from '../queries/query-error.js';

export type DashboardContent = Pick<DashboardRow, 'id' | 'title' | 'spec' | 'updatedBy'>;

const COLUMNS = `${DASHBOARD_COLUMNS}, spec`;

/** Writes dashboards, each of one tenant; they are read as all of a tenant's rows are. */
export class DashboardStore {
  constructor(private readonly pool: Pool) {}

  /** Null where there is one of that id, or `most` of the tenant. */
  async create(tenantId: string, content: DashboardContent, most: number): Promise<DashboardRow | null> {
    const { id, title, spec, updatedBy } = content;
    return await this.#one(
      `INSERT INTO tactus.dashboards (tenant_id, id, title, spec, updated_by)
       SELECT $1, $2, $3, $4, $5 WHERE (SELECT count(*) FROM tactus.dashboards WHERE tenant_id = $1) < $6
       ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [tenantId, id, title, JSON.stringify(spec), updatedBy, most],
    );
  }

  /** Null where there is none of that id, or its version is another. */
  async replace(tenantId: string, content: DashboardContent, version: string): Promise<DashboardRow | null> {
    const { id, title, spec, updatedBy } = content;
    return await this.#one(
      `UPDATE tactus.dashboards
       SET title = $4, spec = $5, updated_by = $6, updated_at = now(), version = nextval('tactus.dashboard_version')
       WHERE tenant_id = $1 AND id = $2 AND version::text = $3 RETURNING ${COLUMNS}`,
      [tenantId, id, version, title, JSON.stringify(spec), updatedBy],
    );
  }

  /** Null as for {@link replace}. */
  async remove(tenantId: string, id: string, version: string): Promise<DashboardRow | null> {
    return await this.#one(
      `DELETE FROM tactus.dashboards WHERE tenant_id = $1 AND id = $2 AND version::text = $3 RETURNING ${COLUMNS}`,
      [tenantId, id, version],
    );
  }

  async #one(sql: string, values: readonly unknown[]): Promise<DashboardRow | null> {
    try {
      return (
        (await this.pool.query<DashboardRow & Record<string, unknown>>(sql, [...values])).rows[0] ?? null
      );
    } catch (error) {
      throw queryError(error, 'writing dashboards');
    }
  }
}
