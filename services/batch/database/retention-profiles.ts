import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { KnownTenants } from '../../../shared/tenancy/known-tenants.js';
import { EVERY_TENANT } from '../../../shared/tenancy/profile.js';

/** A row of `tactus.tenant_profiles`. */
export interface RetentionRow {
  readonly tenantId: string;
  readonly retentionDays: number | null;
  readonly rawDays: number | null;
}

/** How long data are kept, by tenant: `*` first, then the tenants for which something else is set. */
export function retentionRows(tenants: KnownTenants): RetentionRow[] {
  const rowOf = (tenantId: string): RetentionRow => {
    const { retentionDays, rawRetentionDays: rawDays } = tenants.profileOf(tenantId);
    return { tenantId, retentionDays, rawDays };
  };
  const every = rowOf(EVERY_TENANT);
  const others = [...tenants.ids()]
    .filter((id) => id !== EVERY_TENANT)
    .map(rowOf)
    .filter((row) => row.retentionDays !== every.retentionDays || row.rawDays !== every.rawDays);
  return every.retentionDays === null && every.rawDays === null ? others : [every, ...others];
}

/** Hands the retention of tenants to the database, whose job applies it. */
export class RetentionProfiles {
  #written = -1;

  constructor(
    private readonly pool: Pool,
    private readonly tenants: KnownTenants,
  ) {}

  /** Writes what has changed since the last call; rows that were written by hand stay where no profile sets anything. */
  async round(): Promise<void> {
    const { version } = this.tenants;
    if (version === this.#written) return;
    await writeRetention(this.pool, retentionRows(this.tenants));
    this.#written = version;
  }
}

async function writeRetention(pool: Pool, rows: readonly RetentionRow[]): Promise<void> {
  try {
    await pool.query(
      `WITH wanted AS (
         SELECT * FROM unnest($1::text[], $2::integer[], $3::integer[]) AS w (tenant_id, retention_days, raw_days)
       ), gone AS (
         DELETE FROM tactus.tenant_profiles AS p
         WHERE p.by_profile AND NOT EXISTS (SELECT FROM wanted AS w WHERE w.tenant_id = p.tenant_id)
       )
       INSERT INTO tactus.tenant_profiles AS p (tenant_id, retention_days, raw_days, by_profile)
       SELECT tenant_id, retention_days, raw_days, true FROM wanted
       ON CONFLICT (tenant_id) DO UPDATE
       SET retention_days = excluded.retention_days, raw_days = excluded.raw_days, by_profile = true, updated_at = now()
       WHERE (p.retention_days, p.raw_days, p.by_profile)
         IS DISTINCT FROM (excluded.retention_days, excluded.raw_days, true)`,
      [rows.map((row) => row.tenantId), rows.map((row) => row.retentionDays), rows.map((row) => row.rawDays)],
    );
  } catch (error) {
    throw databaseError(error, 'writing the retention of tenants');
  }
}
