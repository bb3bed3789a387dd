import type { WindowDefinition } from '../../../shared/windows/definition.js';
import { compareAligned } from './compare-aligned.js';
import { compareSessions } from './compare-sessions.js';
import type { ComparisonContext } from './recheck.js';
import type { SlotResult } from './slot-comparison.js';
import type { Slot } from './slots.js';

/**
 * Compares the windows that start in a slot, or a part of one, with the stored points. All of them must be
 * final.
 *
 * @returns null when they cannot be compared now
 */
export async function compareWindows(
  context: ComparisonContext,
  definition: WindowDefinition,
  slot: Slot,
): Promise<SlotResult | null> {
  return definition.kind === 'session'
    ? await compareSessions(context, definition, slot)
    : await compareAligned(context, definition, slot);
}
