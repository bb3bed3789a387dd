import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { AlignedDefinition, WindowDefinition } from '../../../shared/windows/definition.js';
import { type Cause, type Finding, findingOf } from './cause.js';
import { type CompareOptions, compareSlot, type WindowKey } from './compare.js';
import { gatherEvidence, type WindowEvidence } from './evidence.js';
import type { Horizon } from './horizon.js';
import { judgeSessions } from './judge-sessions.js';
import { lastEnd, type Slot } from './slots.js';
import { addEqual, addFinding, type Tally, tallyOf } from './tally.js';

/** Windows looked at closely in one statement. */
const PAGE = 500;
/** Points that keep coming into a window that is out make the look uncertain; then later. */
const MAX_LOOKS = 3;

/** One window that is not what the points say, or that lacks late points. */
export interface Difference extends WindowKey {
  readonly window: string;
  readonly cause: Cause;
  readonly finding: Finding;
  readonly evidence: WindowEvidence;
}

/** What was found of a piece, by tenant. */
export type Verdict = ReadonlyMap<string, Tally>;

export interface JudgeParts {
  readonly pool: Pool;
  readonly horizon: Horizon;
  readonly tolerance: number;
  readonly tenantId: string | null;
  /** How long to wait for what is under way before a difference is believed. */
  readonly catchUpMs: Millis;
  readonly signal: AbortSignal;
  /** Told of the differences page by page, also of a piece that in the end cannot be judged. */
  readonly found: (differences: readonly Difference[]) => Promise<void>;
}

/**
 * Judges the windows that start in a piece of a slot, which must be settled.
 *
 * A first look, in SQL alone, passes what is equal. What differs is looked at closely: windows that lack exactly their
 * late points are explained at once. Any other difference may be one in time: a point was stored after the
 * horizon was taken and what came of it is still on its way. So everything in the log is waited for and the windows are
 * looked at again; a difference is believed when its points are still the same.
 *
 * @returns null when that could not be told now: the piece is to be judged later
 */
export async function judgeSlot(
  parts: JudgeParts,
  definition: WindowDefinition,
  slot: Slot,
): Promise<Verdict | null> {
  if (definition.kind === 'session') return await judgeSessions(parts, definition, slot);
  const tallies = new Map<string, Tally>();
  const { tenantId, tolerance } = parts;
  let after: WindowKey | null = null;
  do {
    const options: CompareOptions = { tenantId, tolerance, limit: PAGE, after };
    const look = await compareSlot(parts.pool, definition, slot, options);
    if (after === null) {
      for (const { tenantId: tenant, windows, points } of look.equal)
        addEqual(tallyOf(tallies, tenant), windows, points);
      for (const { tenantId: tenant, bucket, windows } of look.delays)
        tallyOf(tallies, tenant).delays[bucket] = windows;
    }
    if (look.differing.length > 0) {
      const evidence = await believable(parts, definition, slot, look.differing);
      if (evidence === null) return null;
      await parts.found(weigh(tallies, definition, look.differing, evidence, tolerance));
    }
    after = look.differing.length < PAGE ? null : (look.differing.at(-1) ?? null);
  } while (after !== null && !parts.signal.aborted);
  return parts.signal.aborted ? null : tallies;
}

/** Evidence on which a judgement can rest; null when there is none to be had now. */
async function believable(
  parts: JudgeParts,
  definition: AlignedDefinition,
  slot: Slot,
  keys: readonly WindowKey[],
): Promise<WindowEvidence[] | null> {
  const { pool, horizon, tolerance, catchUpMs } = parts;
  let evidence = await gatherEvidence(pool, definition, keys);
  for (let look = 0; look < MAX_LOOKS; look++) {
    const suspicious = evidence.flatMap((one, i) => {
      const { cause } = findingOf(one, tolerance);
      return cause === null || cause === 'late' ? [] : [i];
    });
    if (suspicious.length === 0) return evidence;
    if (!(await horizon.catchUp(catchUpMs))) return null;
    if (horizon.settled(definition).until < lastEnd(definition, slot)) return null;
    const before = evidence;
    const again = await gatherEvidence(
      pool,
      definition,
      suspicious.map((i) => keys[i] as WindowKey),
    );
    evidence = [...before];
    suspicious.forEach((i, n) => {
      evidence[i] = again[n] as WindowEvidence;
    });
    if (suspicious.every((i) => evidence[i]?.all?.count === before[i]?.all?.count)) return evidence;
  }
  return null;
}

/** Takes each window into the tallies; gives those that differ. */
function weigh(
  tallies: Map<string, Tally>,
  definition: WindowDefinition,
  keys: readonly WindowKey[],
  evidence: readonly WindowEvidence[],
  tolerance: number,
): Difference[] {
  const differences: Difference[] = [];
  keys.forEach((key, i) => {
    const one = evidence[i];
    if (one === undefined) return;
    const finding = findingOf(one, tolerance);
    addFinding(tallyOf(tallies, key.tenantId), finding, one.stream !== null);
    if (finding.cause !== null)
      differences.push({ ...key, window: definition.name, cause: finding.cause, finding, evidence: one });
  });
  return differences;
}
