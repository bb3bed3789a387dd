import type { SessionDefinition } from '../../../shared/windows/definition.js';
import { findingOf } from './cause.js';
import type { WindowKey } from './compare.js';
import { gatherSessions } from './evidence.js';
import type { Difference, JudgeParts, Verdict } from './judge.js';
import { lastEnd, type Slot } from './slots.js';
import { strayPoints } from './stray-points.js';
import { addFinding, type Tally, tallyOf } from './tally.js';

/** Sessions looked at in one statement. */
const PAGE = 500;
const MAX_LOOKS = 3;

/** What one look at a slot has found. */
interface Look {
  readonly tallies: Map<string, Tally>;
  readonly differences: Difference[];
  /** Stored points that were looked at: the same for two looks if none has come in between. */
  points: number;
}

/**
 * As `judgeSlot` for aligned windows, for the sessions that start in the slot and the points in it that are in none. Where
 * a session begins and ends is taken from the stream: what is checked is that it holds the points in between, all and
 * alone, and that no point is left over.
 */
export async function judgeSessions(
  parts: JudgeParts,
  definition: SessionDefinition,
  slot: Slot,
): Promise<Verdict | null> {
  const { horizon, catchUpMs, signal } = parts;
  let look = await lookAt(parts, definition, slot);
  for (let looks = 1; !signal.aborted; looks++) {
    const grave = look.differences.some(({ cause }) => cause !== 'late');
    if (!grave) break;
    if (looks > MAX_LOOKS || !(await horizon.catchUp(catchUpMs))) return null;
    if (horizon.settled(definition).until < lastEnd(definition, slot)) return null;
    const before = look.points;
    look = await lookAt(parts, definition, slot);
    if (look.points === before) break;
  }
  if (signal.aborted) return null;
  if (look.differences.length > 0) await parts.found(look.differences);
  return look.tallies;
}

async function lookAt(parts: JudgeParts, definition: SessionDefinition, slot: Slot): Promise<Look> {
  const { pool, tenantId, tolerance, signal } = parts;
  const look: Look = { tallies: new Map(), differences: [], points: 0 };
  let after: WindowKey | null = null;
  do {
    const sessions = await gatherSessions(pool, definition, slot, { tenantId, after, limit: PAGE });
    for (const { key, bucket, evidence } of sessions) {
      const finding = findingOf(evidence, tolerance);
      const tally = tallyOf(look.tallies, key.tenantId);
      addFinding(tally, finding, true);
      tally.delays[bucket] = (tally.delays[bucket] ?? 0) + 1;
      look.points += evidence.all?.count ?? 0;
      if (finding.cause !== null)
        look.differences.push({ ...key, window: definition.name, cause: finding.cause, finding, evidence });
    }
    after = sessions.length < PAGE ? null : (sessions.at(-1)?.key ?? null);
  } while (after !== null && !signal.aborted);
  for (const { points, late, ...key } of await strayPoints(pool, definition, slot, tenantId)) {
    const missing = points - late;
    const finding = {
      cause: missing > 0 ? ('missing' as const) : ('late' as const),
      detail:
        missing > 0
          ? `${missing} points are in no session`
          : `${late} points came after their session would have closed`,
      ...{ stored: points, counted: 0, late },
    };
    addFinding(tallyOf(look.tallies, key.tenantId), finding, false);
    look.points += points;
    const evidence = { stream: null, all: null, inTime: null, lateAt: null };
    look.differences.push({ ...key, window: definition.name, cause: finding.cause, finding, evidence });
  }
  return look;
}
