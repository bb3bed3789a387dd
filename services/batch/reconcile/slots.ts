import type { Millis } from '../../../shared/core/clock.js';
import { longestMs, type WindowDefinition } from '../../../shared/windows/definition.js';

/** Prefix of `bucket` in `tactus.dirty_ranges` for slots, before the definition's name. */
export const SLOT_BUCKET = 'windows:';

const MIN_SLOT_MS = 60_000;
const MINUTE_MS = 60_000;

/** A time range whose windows, by their start, are compared together. `end` is exclusive. */
export interface Slot {
  readonly start: Millis;
  readonly end: Millis;
}

/**
 * Length of a definition's slots: a minute, or the window size if that is longer, so that a point is read for at
 * most two slots.
 */
export function slotMs(definition: WindowDefinition): Millis {
  return Math.max(MIN_SLOT_MS, longestMs(definition));
}

/** Windows start at multiples of this; sessions at any millisecond. */
function advanceMs(definition: WindowDefinition): Millis {
  return definition.kind === 'session' ? 1 : definition.advanceMs;
}

/** The slot that contains `time`, which may be before 1970. */
export function slotAt(definition: WindowDefinition, time: Millis): Slot {
  const length = slotMs(definition);
  const start = Math.floor(time / length) * length;
  return { start, end: start + length };
}

/** Starts of the slots whose windows contain points of these minutes, in order, without repetition. */
export function slotsOfMinutes(definition: WindowDefinition, minutes: readonly Millis[]): Millis[] {
  const [sizeMs, advance] = [longestMs(definition), advanceMs(definition)];
  const length = slotMs(definition);
  const starts = new Set<Millis>();
  for (const minute of minutes) {
    const first = Math.floor((minute - sizeMs) / advance) * advance + advance;
    const last = Math.floor((minute + MINUTE_MS - 1) / advance) * advance;
    for (let { start } = slotAt(definition, first); start <= last; start += length) starts.add(start);
  }
  return [...starts].sort((a, b) => a - b);
}

/** The range from `from` to `to`, split at the boundaries of slots. */
export function* splitIntoSlots(definition: WindowDefinition, from: Millis, to: Millis): Generator<Slot> {
  for (let start = from; start < to; ) {
    const end = Math.min(slotAt(definition, start).end, to);
    yield { start, end };
    start = end;
  }
}

/** The latest end of a window that starts in the slot. */
export function lastEnd(definition: WindowDefinition, { end }: Slot): Millis {
  const advance = advanceMs(definition);
  return (Math.ceil(end / advance) - 1) * advance + longestMs(definition);
}
