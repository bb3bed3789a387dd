import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import { inTransaction, type Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { WindowDefinition } from '../../../shared/windows/definition.js';
import type { Verdict } from './judge.js';
import type { MarkedSlot } from './slot-marks.js';
import { SLOT_MARK } from './slots.js';
import { addTally, emptyTally, type Tally, tallyOf } from './tally.js';

/** Tenants with figures of their own; the others add up to one, so that labels stay few. */
const MAX_TENANTS = 100;
/** How the tenants beyond those are called. No tenant can have the name: ingest lets no "|" into one. */
const OTHERS = '|others';

/**
 * Keeps what was found of a slot in place of what was found before, and takes its mark away if nothing has come since
 * it was read, in one transaction.
 */
export async function keepVerdict(
  pool: Pool,
  definition: WindowDefinition,
  slot: MarkedSlot,
  verdict: Verdict,
  now: Millis,
): Promise<void> {
  const { name } = definition;
  await inTransaction(pool, 'keeping what was found of a slot', async (client) => {
    await client.query(
      `DELETE FROM tactus.reconciled WHERE "window" = $1 AND start = to_timestamp($2::float8 / 1000)`,
      [name, slot.start],
    );
    await client.query(
      `INSERT INTO tactus.reconciled ("window", start, tenant_id, tally, judged_at)
       SELECT $1, to_timestamp($2::float8 / 1000), tenant_id, tally::jsonb, to_timestamp($5::float8 / 1000)
       FROM unnest($3::text[], $4::text[]) AS r (tenant_id, tally)`,
      [
        name,
        slot.start,
        [...verdict.keys()],
        [...verdict.values()].map((tally) => JSON.stringify(tally)),
        now,
      ],
    );
    await client.query(
      `DELETE FROM tactus.dirty_ranges
       WHERE bucket = $1 AND start = to_timestamp($2::float8 / 1000) AND version = $3::bigint`,
      [SLOT_MARK + name, slot.start, slot.version],
    );
  });
}

/** What was found of slots that were judged since `since`, by tenant; the smaller tenants in one. */
export async function recentTallies(pool: Pool, since: Millis): Promise<Map<string, Tally>> {
  const sum = (field: string) => `sum((tally ->> '${field}')::float8) AS ${field}`;
  const recent = `FROM tactus.reconciled WHERE judged_at >= to_timestamp($1::float8 / 1000)`;
  const each = (field: string) => `SELECT tenant_id, '${field}' AS field, key, sum(value::float8) AS total
    FROM (SELECT tenant_id, tally ${recent}) AS recent, jsonb_each_text(tally -> '${field}') GROUP BY 1, 3`;
  try {
    const { rows } = await pool.query<Omit<Tally, 'causes' | 'delays'> & { tenant_id: string }>(
      `SELECT tenant_id, ${['windows', 'equal', 'stored', 'counted', 'late'].map(sum).join(', ')}
       ${recent} GROUP BY tenant_id ORDER BY stored DESC`,
      [since],
    );
    const parts = await pool.query<{
      tenant_id: string;
      field: 'causes' | 'delays';
      key: string;
      total: number;
    }>(`${each('causes')} UNION ALL ${each('delays')}`, [since]);
    const labels = new Map(rows.map(({ tenant_id }, i) => [tenant_id, i < MAX_TENANTS ? tenant_id : OTHERS]));
    const tallies = new Map<string, Tally>();
    for (const { tenant_id, ...sums } of rows)
      addTally(tallyOf(tallies, labels.get(tenant_id) ?? OTHERS), { ...emptyTally(), ...sums });
    for (const { tenant_id, field, key, total } of parts.rows) {
      const into: Record<string, number> = tallyOf(tallies, labels.get(tenant_id) ?? OTHERS)[field];
      into[key] = (into[key] ?? 0) + total;
    }
    return tallies;
  } catch (error) {
    throw databaseError(error, 'adding up what was reconciled');
  }
}

/** Forgets what was judged before `before`. */
export async function forgetVerdicts(pool: Pool, before: Millis): Promise<void> {
  try {
    await pool.query('DELETE FROM tactus.reconciled WHERE judged_at < to_timestamp($1::float8 / 1000)', [
      before,
    ]);
  } catch (error) {
    throw databaseError(error, 'forgetting old verdicts');
  }
}
