import type { WindowAggregate } from '../../../schemas/types.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Clock } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';
import type { Logger } from '../../../shared/process/logger.js';
import { longestMs, type WindowDefinition } from '../../../shared/windows/definition.js';
import { correctionOf, keepCorrections, publishCorrections } from './corrections.js';
import type { Horizon } from './horizon.js';
import { type Difference, judgeSlot, type Verdict } from './judge.js';
import { forgetOtherSlots, type MarkedSlot, readMarkedSlots } from './slot-marks.js';
import { slotAt, slotMs } from './slots.js';
import type { DataTelemetry } from './telemetry.js';
import { forgetVerdicts, keepVerdict, recentTallies } from './verdicts.js';

const HOUR_MS = 3_600_000;
/** The metrics speak of what was judged in this time. */
const RECENT_MS = HOUR_MS;
const KEEP_MS = 7 * 24 * HOUR_MS;
/** Roll-ups wait meanwhile, so not for long: the slot has its turn again in the next round. */
const CATCH_UP_MS = 10_000;
/** Differences that are named in the log at once. */
const LOGGED = 5;

export interface ReconcilerParts {
  readonly pool: Pool;
  readonly horizon: Horizon;
  /** Those in force; asked for at each round. */
  readonly definitions: () => readonly WindowDefinition[];
  /** First time of which no points have been dropped. */
  readonly keptSince: () => Promise<number>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly telemetry: DataTelemetry;
  /** Resolves when all of them are acknowledged. */
  readonly publish: (corrections: readonly WindowAggregate[]) => Promise<void>;
  readonly tolerance: number;
  readonly slotsPerRound: number;
  readonly stopping: AbortSignal;
}

/**
 * Holds the stream's windows against the stored points, slot by slot, for as long as it runs.
 *
 * A slot is marked when points of its windows are stored, late ones included, and judged when all its windows are
 * settled. What was found replaces what an earlier look found; the mark goes with it, so a crash repeats a slot
 * and skips none. Windows that lack late points are corrected.
 */
export class Reconciler {
  #tidiedAt = Number.NEGATIVE_INFINITY;
  /** What the process before this one found is told with the first round. */
  #told = false;

  constructor(private readonly parts: ReconcilerParts) {}

  /**
   * One bounded piece of work.
   *
   * @returns whether there is more to do at once
   */
  async round(): Promise<boolean> {
    const { pool, horizon, telemetry, clock, stopping, publish } = this.parts;
    await horizon.advance();
    const judged = await this.#judgeDue();
    const corrected = await publishCorrections(pool, publish, stopping);
    telemetry.corrected(corrected);
    if (judged.slots > 0 || !this.#told) telemetry.found(await recentTallies(pool, clock.now() - RECENT_MS));
    this.#told = true;
    return judged.more;
  }

  async #judgeDue(): Promise<{ slots: number; more: boolean }> {
    const { pool, horizon, slotsPerRound, stopping, clock } = this.parts;
    const definitions = this.parts.definitions();
    const now = clock.now();
    if (now - this.#tidiedAt >= HOUR_MS) {
      await forgetOtherSlots(pool, definitions);
      await forgetVerdicts(pool, now - KEEP_MS);
      this.#tidiedAt = now;
    }
    const kept = await this.parts.keptSince();
    let slots = 0;
    for (const definition of definitions) {
      const { until } = horizon.settled(definition);
      const last = until - longestMs(definition) - slotMs(definition);
      const due = await readMarkedSlots(pool, definition, last, slotsPerRound - slots);
      for (const slot of due) {
        if (stopping.aborted) return { slots, more: false };
        const verdict = await this.#judge(definition, slot, kept);
        // Something is on its way that could not be waited for: it is for a later round.
        if (verdict === null) return { slots, more: false };
        await keepVerdict(pool, definition, slot, verdict, clock.now());
        slots += 1;
      }
    }
    return { slots, more: slots >= slotsPerRound };
  }

  async #judge(definition: WindowDefinition, { start }: MarkedSlot, kept: number): Promise<Verdict | null> {
    const { pool, horizon, tolerance, stopping, clock } = this.parts;
    const slot = slotAt(definition, start);
    const from = Math.max(slot.start, horizon.settled(definition).since, kept);
    if (from >= slot.end) return new Map();
    const found = async (differences: readonly Difference[]) => {
      this.#tell(differences);
      const corrections = differences.map((one) => correctionOf(definition, one, clock.now()));
      await keepCorrections(
        pool,
        corrections.filter((one) => one !== null),
      );
    };
    const judging = {
      pool,
      horizon,
      tolerance,
      tenantId: null,
      catchUpMs: CATCH_UP_MS,
      signal: stopping,
      found,
    };
    try {
      return await judgeSlot(judging, definition, { start: from, end: slot.end });
    } catch (error) {
      if (error instanceof TactusError && error.retriable) throw error;
      // Values whose sum no double holds, say: one slot that cannot be judged must not keep all others from it.
      this.parts.log.error({ error, window: definition.name, start }, 'a slot of windows cannot be judged');
      this.parts.telemetry.unjudged();
      return new Map();
    }
  }

  #tell(differences: readonly Difference[]): void {
    const grave = differences.filter(({ cause }) => cause !== 'late');
    if (grave.length === 0) return;
    const named = grave.slice(0, LOGGED).map(({ tenantId, metric, tags, window, start, cause, finding }) => ({
      ...{ tenantId, metric, tags, window, start, cause },
      detail: finding.detail,
    }));
    this.parts.log.error(
      { differences: named },
      `${grave.length} windows are not what the stored points say`,
    );
  }
}
