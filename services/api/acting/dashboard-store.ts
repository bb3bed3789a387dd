import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';

export interface Dashboard {
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

export type DashboardContent = Pick<Dashboard, 'id' | 'title' | 'spec' | 'updatedBy'>;

const COLUMNS = `id, version::text AS version, title, spec, updated_by AS "updatedBy",
  created_at AS "createdAt", updated_at AS "updatedAt"`;

/** Writes dashboards, each of one tenant; they are read as all of a tenant's rows are. */
export class DashboardStore {
  constructor(private readonly pool: Pool) {}

  /** Null where there is one of that id, or `most` of the tenant. */
  async create(tenantId: string, content: DashboardContent, most: number): Promise<Dashboard | null> {
    const { id, title, spec, updatedBy } = content;
    return await this.#one(
      `INSERT INTO tactus.dashboards (tenant_id, id, title, spec, updated_by)
       SELECT $1, $2, $3, $4, $5 WHERE (SELECT count(*) FROM tactus.dashboards WHERE tenant_id = $1) < $6
       ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [tenantId, id, title, JSON.stringify(spec), updatedBy, most],
    );
  }

  /** Null where there is none of that id, or its version is another. */
  async replace(tenantId: string, content: DashboardContent, version: string): Promise<Dashboard | null> {
    const { id, title, spec, updatedBy } = content;
    return await this.#one(
      `UPDATE tactus.dashboards
       SET title = $4, spec = $5, updated_by = $6, updated_at = now(), version = nextval('tactus.dashboard_version')
       WHERE tenant_id = $1 AND id = $2 AND version::text = $3 RETURNING ${COLUMNS}`,
      [tenantId, id, version, title, JSON.stringify(spec), updatedBy],
    );
  }

  /** Null as for {@link replace}. */
  async remove(tenantId: string, id: string, version: string): Promise<Dashboard | null> {
    return await this.#one(
      `DELETE FROM tactus.dashboards WHERE tenant_id = $1 AND id = $2 AND version::text = $3 RETURNING ${COLUMNS}`,
      [tenantId, id, version],
    );
  }

  async #one(sql: string, values: readonly unknown[]): Promise<Dashboard | null> {
    try {
      return (await this.pool.query<Dashboard & Record<string, unknown>>(sql, [...values])).rows[0] ?? null;
    } catch (error) {
      throw databaseError(error, 'writing dashboards');
    }
  }
}
