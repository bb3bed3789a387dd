import type { SessionDefinition } from '../../../shared/windows/definition.js';
import { completeFigures } from './complete-figures.js';
import type { WindowFigures } from './figures.js';
import { type Finding, findingOf, isExplained } from './finding.js';
import { pointsOutsideSessions } from './points-outside-sessions.js';
import { type ComparisonContext, recheck } from './recheck.js';
import { SlotComparison, type SlotResult, type WindowKey } from './slot-comparison.js';
import type { Slot } from './slots.js';
import { tallyOf } from './tallies.js';
import { readSessions } from './window-figures.js';

/** Sessions that are read by one statement. */
const PAGE = 500;

/**
 * Compares the sessions that start in the slot, and finds its points that are in none. Start and end of a
 * session are those of the stream: it must hold exactly the points in between, and no point may be left.
 */
export async function compareSessions(
  context: ComparisonContext,
  definition: SessionDefinition,
  slot: Slot,
): Promise<SlotResult | null> {
  const { signal, onDifferences } = context;
  const compare = () => compareOnce(context, definition, slot);
  const comparison = await recheck(context, definition, slot, await compare(), {
    explained: ({ differences }) =>
      signal.aborted || differences.every(({ finding }) => isExplained(finding)),
    repeat: compare,
    samePoints: (before, after) => before.points === after.points,
  });
  if (comparison === null || signal.aborted) return null;
  if (comparison.differences.length > 0) await onDifferences(comparison.differences);
  return comparison.tallies;
}

async function compareOnce(
  context: ComparisonContext,
  definition: SessionDefinition,
  slot: Slot,
): Promise<SlotComparison> {
  const { pool, tenantId, tolerance, signal } = context;
  const comparison = new SlotComparison(definition.name);
  let after: WindowKey | null = null;
  do {
    const sessions = await readSessions(pool, definition, slot, { tenantId, after, limit: PAGE });
    const figures = await completeFigures(context, definition, sessions);
    for (const [i, { key, end, bucket }] of sessions.entries()) {
      const one = figures[i] as WindowFigures;
      comparison.add({ ...key, end }, one, findingOf(one, tolerance));
      const { delays } = tallyOf(comparison.tallies, key.tenantId);
      delays[bucket] = (delays[bucket] ?? 0) + 1;
    }
    after = sessions.length < PAGE ? null : (sessions.at(-1)?.key ?? null);
  } while (after !== null && !signal.aborted);
  for (const { points, late, ...key } of await pointsOutsideSessions(pool, definition, slot, tenantId))
    comparison.add(
      key,
      { stream: null, all: null, inTime: null, lateAt: null, sketch: null },
      outside(points, late),
    );
  return comparison;
}

function outside(points: number, late: number): Finding {
  const missing = points - late;
  const counts = { stored: points, counted: 0, late };
  return missing > 0
    ? { cause: 'missing', detail: `${missing} points are in no session`, ...counts }
    : { cause: 'late', detail: `${late} points came after their session would have closed`, ...counts };
}
