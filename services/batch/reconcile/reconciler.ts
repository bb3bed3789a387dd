import type { WindowAggregate } from '../../../schemas/types.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Clock, Millis } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';
import type { Logger } from '../../../shared/process/logger.js';
import {
  type AlignedDefinition,
  longestMs,
  type WindowDefinition,
} from '../../../shared/windows/definition.js';
import { compareWindows } from './compare-windows.js';
import { correctionOf, publishCorrections, saveCorrections } from './corrections.js';
import { type DirtySlot, deleteOtherSlots, readDirtySlots } from './dirty-slots.js';
import { isExplained } from './finding.js';
import { hasLateCounter, markFollowingSlots } from './following-slots.js';
import { KeptDifferences } from './kept-differences.js';
import type { Difference, SlotResult } from './slot-comparison.js';
import { deleteOldResults, recentTallies, saveSlotResult } from './slot-results.js';
import { type Slot, slotAt, slotMs } from './slots.js';
import type { StreamProgress } from './stream-progress.js';
import type { DataQualityTelemetry } from './telemetry.js';

const HOUR_MS = 3_600_000;
/** The metrics cover results of this time. */
const RECENT_MS = HOUR_MS;
const KEEP_MS = 7 * 24 * HOUR_MS;
/** Short, because roll-ups wait meanwhile: the slot is tried again in the next round. */
const CATCH_UP_MS = 10_000;
/** The result of a slot of which nothing is compared. */
const NOTHING = { tallies: new Map(), differences: [] } as const;
/** Differences that are listed in one log line. */
const LOGGED = 5;

export interface ReconcilerParts {
  readonly pool: Pool;
  readonly progress: StreamProgress;
  /** The current definitions; read at each round. */
  readonly definitions: () => readonly WindowDefinition[];
  /** The time since which all points are kept. */
  readonly keptSince: () => Promise<number>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly telemetry: DataQualityTelemetry;
  /** Resolves when all of them are acknowledged. */
  readonly publish: (corrections: readonly WindowAggregate[]) => Promise<void>;
  readonly tolerance: number;
  /** How far a counter's point before may be; that of windowing. */
  readonly counterIdleMs: Millis;
  /** Called when a slot with counters or members is compared in whole, before its mark is deleted. */
  readonly compared: (definition: AlignedDefinition, slot: Slot) => Promise<void>;
  readonly slotsPerRound: number;
  readonly stopping: AbortSignal;
}

/**
 * Compares the stream's windows with the stored points, slot by slot.
 *
 * A slot is marked when points of its windows are stored, late ones included, and compared when all its windows are
 * final. The result replaces an earlier one and the mark is deleted with it, so a crash repeats a slot and skips
 * none. Windows that lack late points are corrected.
 */
export class Reconciler {
  #tidiedAt = Number.NEGATIVE_INFINITY;
  /** The first round also reports the results of the previous process. */
  #reported = false;
  /** Names of the definitions with counters, and with members. */
  readonly #withCounters = new Set<string>();
  readonly #withMembers = new Set<string>();

  constructor(private readonly parts: ReconcilerParts) {}

  /**
   * Compares a bounded number of slots.
   *
   * @returns whether there are more to compare at once
   */
  async round(): Promise<boolean> {
    const { pool, progress, telemetry, clock, stopping, publish } = this.parts;
    await progress.advance();
    const compared = await this.#compareDirty();
    const corrected = await publishCorrections(pool, publish, stopping);
    telemetry.corrected(corrected);
    if (compared.slots > 0 || !this.#reported)
      telemetry.compared(await recentTallies(pool, clock.now() - RECENT_MS));
    this.#reported = true;
    return compared.more;
  }

  async #compareDirty(): Promise<{ slots: number; more: boolean }> {
    const { pool, progress, slotsPerRound, stopping, clock } = this.parts;
    const definitions = this.parts.definitions();
    const now = clock.now();
    if (now - this.#tidiedAt >= HOUR_MS) {
      await deleteOtherSlots(pool, definitions);
      await deleteOldResults(pool, now - KEEP_MS);
      this.#tidiedAt = now;
    }
    const kept = await this.parts.keptSince();
    let slots = 0;
    for (const definition of definitions) {
      const { until } = progress.finalRange(definition);
      const last = until - longestMs(definition) - slotMs(definition);
      const dirty = await readDirtySlots(pool, definition, last, slotsPerRound - slots);
      for (const slot of dirty) {
        if (stopping.aborted) return { slots, more: false };
        const result = await this.#compare(definition, slot, kept);
        // Records are still on their way: left to a later round.
        if (result === null) return { slots, more: false };
        await saveSlotResult(pool, definition, slot, result, clock.now());
        slots += 1;
      }
    }
    return { slots, more: slots >= slotsPerRound };
  }

  async #compare(
    definition: WindowDefinition,
    { start }: DirtySlot,
    keptSince: number,
  ): Promise<{ readonly tallies: SlotResult; readonly differences: readonly Difference[] } | null> {
    const { pool, progress, tolerance, stopping, clock, log, telemetry } = this.parts;
    const slot = slotAt(definition, start);
    const from = Math.max(slot.start, progress.finalRange(definition).since, keptSince);
    if (from >= slot.end) return NOTHING;
    const { counterIdleMs, compared } = this.parts;
    const since = Math.max(progress.finalRange(definition).since, keptSince) + counterIdleMs;
    let hasLateCounters = false;
    const kept = new KeptDifferences();
    const context = {
      ...{ pool, progress, tolerance, tenantId: null },
      counters: { idleMs: counterIdleMs, since, seen: this.#withCounters },
      withMembers: this.#withMembers,
      catchUpMs: CATCH_UP_MS,
      signal: stopping,
      onDifferences: async (differences: readonly Difference[]) => {
        this.#log(differences);
        kept.add(differences);
        hasLateCounters ||= differences.some(hasLateCounter);
        const corrections = differences.map((one) => correctionOf(definition, one, clock.now()));
        await saveCorrections(
          pool,
          corrections.filter((one) => one !== null),
        );
      },
    };
    try {
      const tallies = await compareWindows(context, definition, { start: from, end: slot.end });
      if (tallies === null) return null;
      const result = { tallies, differences: kept.all() };
      if (definition.kind === 'session') return result;
      if (hasLateCounters) await markFollowingSlots(pool, definition, slot, counterIdleMs);
      const { name } = definition;
      const isRolledUp = this.#withCounters.has(name) || this.#withMembers.has(name);
      if (from === slot.start && isRolledUp) await compared(definition, slot);
      return result;
    } catch (error) {
      if (error instanceof TactusError && error.retriable) throw error;
      // One slot that the server finds fault with must not block all others.
      log.error({ error, window: definition.name, start }, 'a slot of windows cannot be compared');
      telemetry.failed();
      return NOTHING;
    }
  }

  #log(differences: readonly Difference[]): void {
    const unexplained = differences.filter(({ finding }) => !isExplained(finding));
    if (unexplained.length === 0) return;
    const listed = unexplained
      .slice(0, LOGGED)
      .map(({ tenantId, metric, tags, window, start, cause, finding }) => ({
        ...{ tenantId, metric, tags, window, start, cause },
        detail: finding.detail,
      }));
    this.parts.log.error(
      { differences: listed },
      `${unexplained.length} windows differ from the stored points`,
    );
  }
}
