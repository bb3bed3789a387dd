import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import { inTransaction, type Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { WindowDefinition } from '../../../shared/windows/definition.js';
import { addTally, emptyTally, type Tally } from '../../../shared/windows/tally.js';
import type { DirtySlot } from './dirty-slots.js';
import { saveDifferences } from './save-differences.js';
import type { Difference, SlotResult } from './slot-comparison.js';
import { SLOT_BUCKET, slotAt } from './slots.js';
import { tallyOf } from './tallies.js';

/** Tenants with metrics of their own; the others are combined, to bound the number of labels. */
const MAX_TENANTS = 100;
/** Label of the combined tenants. No tenant has this name: ingest allows no "|" in one. */
const OTHERS = '|others';

/**
 * Replaces the stored result of a slot, with its differences, and deletes its mark unless it was marked again since, in one transaction.
 */
export async function saveSlotResult(
  pool: Pool,
  definition: WindowDefinition,
  slot: DirtySlot,
  { tallies, differences }: { readonly tallies: SlotResult; readonly differences: readonly Difference[] },
  now: Millis,
): Promise<void> {
  const { name, groupBy } = definition;
  await inTransaction(pool, 'saving the result of a slot', async (client) => {
    await client.query(
      `DELETE FROM tactus.reconciled WHERE "window" = $1 AND start = to_timestamp($2::float8 / 1000)`,
      [name, slot.start],
    );
    await client.query(
      `INSERT INTO tactus.reconciled ("window", start, tenant_id, tally, judged_at, "end", kind, group_by)
       SELECT $1, to_timestamp($2::float8 / 1000), tenant_id, tally::jsonb, to_timestamp($5::float8 / 1000),
         to_timestamp($6::float8 / 1000), $7, $8
       FROM unnest($3::text[], $4::text[]) AS r (tenant_id, tally)`,
      [
        ...[name, slot.start, [...tallies.keys()], [...tallies.values()].map((one) => JSON.stringify(one))],
        ...[now, slotAt(definition, slot.start).end, definition.kind === 'session' ? 'session' : 'aligned'],
        groupBy,
      ],
    );
    await saveDifferences(client, definition, slot, differences);
    await client.query(
      `DELETE FROM tactus.dirty_ranges
       WHERE bucket = $1 AND start = to_timestamp($2::float8 / 1000) AND version = $3::bigint`,
      [SLOT_BUCKET + name, slot.start, slot.version],
    );
  });
}

/** The sum of the results since `since`, by tenant; the smaller tenants combined. */
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
    throw databaseError(error, 'adding up results of the reconciliation');
  }
}

/** Deletes results from before `before`. */
export async function deleteOldResults(pool: Pool, before: Millis): Promise<void> {
  try {
    await pool.query('DELETE FROM tactus.reconciled WHERE judged_at < to_timestamp($1::float8 / 1000)', [
      before,
    ]);
  } catch (error) {
    throw databaseError(error, 'deleting old results');
  }
}
