import { TenantDatabase, type TenantReader } from '../../services/api/queries/tenant-database.js';
import type { Pool } from '../../shared/adapters/postgres/pool.js';

/** Reads as the API does, with the role of queries. */
export async function readAs<T>(
  pool: Pool,
  tenantId: string,
  work: (reader: TenantReader) => Promise<T>,
): Promise<T> {
  const database = new TenantDatabase(pool, { queryTimeoutMs: 60_000, maxQueries: 1 });
  return await database.read(tenantId, 'reading', new AbortController().signal, work);
}

/** The plans of what is read, as the role of queries gets them: behind the conditions of its views. Nothing is found. */
export async function plansOf(
  pool: Pool,
  tenantId: string,
  work: (reader: TenantReader) => Promise<unknown>,
): Promise<string> {
  return await readAs(pool, tenantId, async (reader) => {
    const plans: string[] = [];
    const rows = async (sql: string, values?: readonly unknown[]) => {
      const lines = await reader.rows<{ 'QUERY PLAN': string }>(`EXPLAIN (COSTS OFF) ${sql}`, values);
      plans.push(...lines.map((line) => line['QUERY PLAN']));
      return [];
    };
    await work({ rows });
    return plans.join('\n');
  });
}

/** How often these indexes, and these tables as a whole, are read by that; both are named by LIKE. */
export async function scansOf(
  pool: Pool,
  tenantId: string,
  { index, table }: { readonly index: string; readonly table: string },
  work: (reader: TenantReader) => Promise<unknown>,
): Promise<{ readonly indexed: number; readonly whole: number }> {
  return await readAs(pool, tenantId, async (reader) => {
    // Those that are not flushed yet: of this transaction, and maybe of some before.
    const scans = async () => {
      const [row] = await reader.rows<{ indexed: number; whole: number }>(
        `SELECT coalesce(sum(pg_stat_get_xact_numscans(oid)) FILTER (WHERE relkind = 'i' AND relname LIKE $1), 0)::int AS indexed,
           coalesce(sum(pg_stat_get_xact_numscans(oid)) FILTER (WHERE relkind = 'r' AND relname LIKE $2), 0)::int AS whole
         FROM pg_class`,
        [index, table],
      );
      return row ?? { indexed: 0, whole: 0 };
    };
    const before = await scans();
    await work(reader);
    const after = await scans();
    return { indexed: after.indexed - before.indexed, whole: after.whole - before.whole };
  });
}
