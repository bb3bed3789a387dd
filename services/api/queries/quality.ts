import type { Millis } from '../../../shared/core/clock.js';
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
  /** In order of time; those without a slot that was compared are not there. */
  readonly steps: readonly QualityStep[];
}

/** Some slots in a row, together. */
export interface QualityStep {
  readonly start: Millis;
  /** Those that were compared. */
  readonly slots: number;
  readonly tally: Tally;
}

const MAX_SLOTS = 100;
const MAX_ROWS = 100_000;
const MAX_STEPS = 120;
/** Slots are no shorter. */
const LEAST_STEP_MS: Millis = 60_000;

/** How long steps are of a range: whole minutes, so that there are some hundred of them. */
export const stepMsOf = ({ start, end }: Range): Millis =>
  Math.max(1, Math.ceil((end - start) / MAX_STEPS / LEAST_STEP_MS)) * LEAST_STEP_MS;

/** What reconciliation found in a range, by window definition. @param range of the begins of windows */
export async function findQuality(reader: TenantReader, range: Range): Promise<Quality[]> {
  const rows = await reader.rows<SlotRow>(
    `SELECT "window", start, tally, judged_at AS "comparedAt" FROM tactus_tenant.reconciled
     WHERE start >= $1 AND start < $2 ORDER BY "window", start DESC LIMIT $3`,
    [new Date(range.start), new Date(range.end), MAX_ROWS],
  );
  return qualityOf(rows, stepMsOf(range));
}

/** @param rows by window, newest first */
export function qualityOf(rows: readonly SlotRow[], stepMs: Millis): Quality[] {
  const found = new Map<string, Found>();
  for (const { window, ...slot } of rows) {
    const known: Found = found.get(window) ?? { tally: emptyTally(), slots: [], steps: new Map() };
    found.set(window, known);
    addTally(known.tally, slot.tally);
    const { windows, equal, stored, counted, late } = slot.tally;
    const isWhole = windows === equal && stored === counted + late;
    if (!isWhole && known.slots.length < MAX_SLOTS) known.slots.push(slot);
    const start = Math.floor(slot.start.getTime() / stepMs) * stepMs;
    const step = known.steps.get(start) ?? { start, slots: 0, tally: emptyTally() };
    known.steps.set(start, step);
    step.slots += 1;
    addTally(step.tally, slot.tally);
  }
  return [...found].map(([window, { tally, slots, steps }]) => ({
    ...{ window, tally, slots },
    steps: [...steps.values()].reverse(),
  }));
}

interface Found {
  readonly tally: Tally;
  readonly slots: ComparedSlot[];
  readonly steps: Map<Millis, { readonly start: Millis; slots: number; readonly tally: Tally }>;
}
