import { addTally, emptyTally, type Tally } from '../../../shared/windows/tally.js';
import type { Range } from '../http/range.js';
import type { TenantReader } from './tenant-database.js';

interface SlotRow {
  readonly window: string;
  readonly start: Date;
  readonly tally: Tally;
  readonly comparedAt: Date;
}

/** A slot of windows whose figures were compared with the stored points. */
export interface ComparedSlot {
  readonly start: Date;
  readonly comparedAt: Date;
  readonly tally: Tally;
}

export interface Quality {
  readonly window: string;
  readonly tally: Tally;
  /** Those that are not quite right, newest first; at most {@link MAX_SLOTS}. */
  readonly slots: readonly ComparedSlot[];
}

const MAX_SLOTS = 100;
const MAX_ROWS = 100_000;

/** What reconciliation found in a range, by window definition. @param range of the begins of windows */
export async function findQuality(reader: TenantReader, { start, end }: Range): Promise<Quality[]> {
  const rows = await reader.rows<SlotRow>(
    `SELECT "window", start, tally, judged_at AS "comparedAt" FROM tactus_tenant.reconciled
     WHERE start >= $1 AND start < $2 ORDER BY "window", start DESC LIMIT $3`,
    [new Date(start), new Date(end), MAX_ROWS],
  );
  const found = new Map<string, { readonly tally: Tally; readonly slots: ComparedSlot[] }>();
  for (const { window, ...slot } of rows) {
    const known = found.get(window) ?? { tally: emptyTally(), slots: [] };
    found.set(window, known);
    addTally(known.tally, slot.tally);
    const { windows, equal, stored, counted, late } = slot.tally;
    const isWhole = windows === equal && stored === counted + late;
    if (!isWhole && known.slots.length < MAX_SLOTS) known.slots.push(slot);
  }
  return [...found].map(([window, { tally, slots }]) => ({ window, tally, slots }));
}
