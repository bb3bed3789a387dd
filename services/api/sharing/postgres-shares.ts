import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import { SHARE_COLUMNS, type ShareRow } from '../queries/dashboard-shares.js';
import { queryError } from '../queries/query-error.js';
import type { NewShare, ShareStore, UsedShare } from './share-links.js';

/** Links in force. */
export const MOST_OF_DASHBOARD = 50;
export const MOST_OF_TENANT = 1_000;

type UsedRow = Omit<UsedShare, 'expiresAt'> & { readonly expiresAt: Date };

/** {@link ShareStore} in PostgreSQL. */
export class PostgresShares implements ShareStore {
  constructor(private readonly pool: Pool) {}

  async create(share: NewShare): Promise<ShareRow | null> {
    const { id, tenantId, dashboardId, hash, comment, createdBy, expiresAt } = share;
    await this.#rows(
      'removing links that have expired',
      'DELETE FROM tactus.dashboard_shares WHERE tenant_id = $1 AND expires_at <= now()',
      [tenantId],
    );
    const [made] = await this.#rows<ShareRow>(
      'storing a link',
      `INSERT INTO tactus.dashboard_shares (id, tenant_id, dashboard_id, hash, comment, created_by, expires_at)
       SELECT $1, dashboards.tenant_id, dashboards.id, $4, $5, $6, to_timestamp($7::float8 / 1000)
       FROM tactus.dashboards
       WHERE dashboards.tenant_id = $2 AND dashboards.id = $3
         AND (SELECT count(*) FROM tactus.dashboard_shares WHERE tenant_id = $2) < $8
         AND (SELECT count(*) FROM tactus.dashboard_shares WHERE tenant_id = $2 AND dashboard_id = $3) < $9
       RETURNING ${SHARE_COLUMNS}`,
      [id, tenantId, dashboardId, hash, comment, createdBy, expiresAt, MOST_OF_TENANT, MOST_OF_DASHBOARD],
    );
    return made ?? null;
  }

  async use(hash: Buffer): Promise<UsedShare | null> {
    const [row] = await this.#rows<UsedRow>(
      'looking for a link',
      `UPDATE tactus.dashboard_shares AS shares SET used_at = now()
       FROM tactus.dashboards
       WHERE shares.hash = $1 AND shares.expires_at > now()
         AND dashboards.tenant_id = shares.tenant_id AND dashboards.id = shares.dashboard_id
       RETURNING shares.id, shares.tenant_id AS "tenantId", shares.dashboard_id AS "dashboardId", dashboards.title,
         shares.expires_at AS "expiresAt"`,
      [hash],
    );
    return row === undefined ? null : { ...row, expiresAt: row.expiresAt.getTime() };
  }

  async revoke({ tenantId, dashboardId, id }: Parameters<ShareStore['revoke']>[0]): Promise<boolean> {
    const rows = await this.#rows(
      'revoking a link',
      `DELETE FROM tactus.dashboard_shares
       WHERE tenant_id = $1 AND dashboard_id = $2 AND id = $3 AND expires_at > now() RETURNING id`,
      [tenantId, dashboardId, id],
    );
    return rows.length > 0;
  }

  async #rows<R extends object>(doing: string, sql: string, values: readonly unknown[]): Promise<R[]> {
    try {
      return (await this.pool.query<R>(sql, [...values])).rows;
    } catch (error) {
      throw queryError(error, doing);
    }
  }
}
