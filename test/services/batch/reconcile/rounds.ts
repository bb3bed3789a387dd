import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import type { Rollup, WindowAggregate } from '../../../../schemas/types.js';
import { dirtySlotMarks } from '../../../../services/batch/reconcile/dirty-slots.js';
import { Reconciler } from '../../../../services/batch/reconcile/reconciler.js';
import { StreamProgress } from '../../../../services/batch/reconcile/stream-progress.js';
import { DataQualityTelemetry } from '../../../../services/batch/reconcile/telemetry.js';
import { completeRanges } from '../../../../services/batch/rollups/dirty-ranges.js';
import { publishNewFigures } from '../../../../services/batch/rollups/publish-new.js';
import { rollUpMinute } from '../../../../services/batch/rollups/roll-up-minute.js';
import type { Table } from '../../../../services/sink/timescale/tables.js';
import { writeRows } from '../../../../services/sink/timescale/write-rows.js';
import type { Pool } from '../../../../shared/adapters/postgres/pool.js';
import { createLogger } from '../../../../shared/process/logger.js';
import type { AlignedDefinition } from '../../../../shared/windows/definition.js';
import { NOON } from '../../sink/samples.js';
import { Rest } from './rest.js';

const NEVER = new AbortController().signal;
const clock = { now: () => NOON + 600_000 };

/** Stores rows as the sink does. */
export async function store<T>(pool: Pool, table: Table<T>, values: readonly T[]): Promise<void> {
  const rows = values.map((value, index) => ({ index, value }));
  assert.deepEqual((await writeRows(pool, table, rows, 5_000)).refusals, []);
}

/** Reconciliation of one definition, and the roll-up of what it has compared, on a database at rest. */
export class Rounds {
  /** Of the last call of {@link round}. */
  readonly corrections: WindowAggregate[] = [];
  readonly rollups: Rollup[] = [];
  readonly #reconciler;

  constructor(
    private readonly pool: Pool,
    private readonly definition: AlignedDefinition,
    counterIdleMs = 600_000,
  ) {
    this.#reconciler = () =>
      new Reconciler({
        ...{ pool, progress: new StreamProgress(new Rest(), NEVER), definitions: () => [definition], clock },
        keptSince: async () => Number.NEGATIVE_INFINITY,
        ...{ log: createLogger('test', 'silent'), telemetry: new DataQualityTelemetry(new Registry()) },
        publish: async (some) => {
          this.corrections.push(...some);
        },
        ...{ tolerance: 1e-9, slotsPerRound: 10, stopping: NEVER, counterIdleMs },
        compared: (of, { start }) => rollUpMinute(pool, of, start),
      });
  }

  /** Compares what points of these minutes are in. */
  async round(minutes: readonly number[]): Promise<void> {
    await completeRanges(this.pool, '1m', [], dirtySlotMarks([this.definition], minutes));
    this.corrections.length = 0;
    this.rollups.length = 0;
    const reconciler = this.#reconciler();
    while (await reconciler.round());
    await reconciler.round();
    await publishNewFigures(
      this.pool,
      clock,
      async (some) => {
        this.rollups.push(...some);
      },
      NEVER,
    );
  }

  /** Of each slot that has been compared: windows, equal ones, and how many differ by cause. */
  async tallies(): Promise<[number, number, Record<string, number>][]> {
    const { rows } = await this.pool.query('SELECT tally FROM tactus.reconciled ORDER BY start');
    return rows.map(({ tally }) => [tally.windows, tally.equal, tally.causes]);
  }
}
