import type { AlignedDefinition } from '../../../shared/windows/definition.js';
import { compareInSql, type SqlComparison } from './compare-in-sql.js';
import { completeFigures } from './complete-figures.js';
import type { WindowFigures } from './figures.js';
import { findingOf, isExplained } from './finding.js';
import { type ComparisonContext, recheck } from './recheck.js';
import { SlotComparison, type SlotResult, type WindowKey } from './slot-comparison.js';
import type { Slot } from './slots.js';
import { addEqual, tallyOf } from './tallies.js';
import { readWindowFigures } from './window-figures.js';

/** Windows whose figures are read by one statement. */
const PAGE = 500;

/**
 * Compares tumbling and hopping windows. A first comparison, in SQL alone, counts the equal ones; the others
 * are compared one by one, with their late points.
 */
export async function compareAligned(
  context: ComparisonContext,
  definition: AlignedDefinition,
  slot: Slot,
): Promise<SlotResult | null> {
  const { tolerance, signal } = context;
  const comparison = new SlotComparison(definition.name);
  let after: WindowKey | null = null;
  do {
    const { equal, delays, differing } = await comparePage(context, definition, slot, after);
    if (after === null) {
      for (const { tenantId: tenant, windows, points } of equal)
        addEqual(tallyOf(comparison.tallies, tenant), windows, points);
      for (const { tenantId: tenant, bucket, windows } of delays)
        tallyOf(comparison.tallies, tenant).delays[bucket] = windows;
    }
    if (differing.length > 0) {
      const figures = await reliableFigures(context, definition, slot, differing);
      if (figures === null) return null;
      for (const [i, key] of differing.entries()) {
        const one = figures[i];
        if (one !== undefined) comparison.add(key, one, findingOf(one, tolerance));
      }
      await context.onDifferences(comparison.takeDifferences());
    }
    after = differing.length < PAGE ? null : (differing.at(-1) ?? null);
  } while (after !== null && !signal.aborted);
  return signal.aborted ? null : comparison.tallies;
}

/** Points before a slot are read only where it has counters, and members counted only where it has some. */
async function comparePage(
  { pool, tenantId, tolerance, counters, withMembers }: ComparisonContext,
  definition: AlignedDefinition,
  slot: Slot,
  after: WindowKey | null,
): Promise<SqlComparison> {
  const { name } = definition;
  const kinds = { counters: counters.seen, members: withMembers };
  const compare = (has: { counters: boolean; members: boolean }) =>
    compareInSql(pool, definition, slot, {
      ...{ tenantId, tolerance, limit: PAGE, after, members: has.members },
      counters: has.counters ? counters : null,
    });
  const known = { counters: kinds.counters.has(name), members: kinds.members.has(name) };
  const result = await compare(known);
  const { has } = result;
  for (const kind of ['counters', 'members'] as const) {
    if (has[kind]) kinds[kind].add(name);
    else kinds[kind].delete(name);
  }
  const isKnown = (known.counters || !has.counters) && (known.members || !has.members);
  return isKnown ? result : await compare(has);
}

/** The windows' figures, once their differences can be trusted; only unexplained ones are read again. */
async function reliableFigures(
  context: ComparisonContext,
  definition: AlignedDefinition,
  slot: Slot,
  keys: readonly WindowKey[],
): Promise<WindowFigures[] | null> {
  const { pool, tolerance } = context;
  const read = async (some: readonly WindowKey[]) => {
    const figures = await readWindowFigures(pool, definition, some);
    const windows = some.map((key, i) => ({
      ...{ key, end: key.start + definition.sizeMs },
      figures: figures[i] as WindowFigures,
    }));
    return await completeFigures(context, definition, windows);
  };
  const unexplained = (figures: readonly WindowFigures[]) =>
    figures.flatMap((one, i) => (isExplained(findingOf(one, tolerance)) ? [] : [i]));
  return await recheck(context, definition, slot, await read(keys), {
    explained: (figures) => unexplained(figures).length === 0,
    repeat: async (figures) => {
      const indices = unexplained(figures);
      const again = await read(indices.map((i) => keys[i] as WindowKey));
      const merged = [...figures];
      indices.forEach((i, n) => {
        merged[i] = again[n] as WindowFigures;
      });
      return merged;
    },
    samePoints: (before, after) => after.every((one, i) => one.all?.count === before[i]?.all?.count),
  });
}
