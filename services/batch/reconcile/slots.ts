import type { Millis } from '../../../shared/core/clock.js';
import { longestMs, type WindowDefinition } from '../../../shared/windows/definition.js';

/** What a mark in `tactus.dirty_ranges` is called for slots of windows, before the definition's name. */
export const SLOT_MARK = 'windows:';

const LEAST_SLOT_MS = 60_000;
const MINUTE_MS = 60_000;

/** A stretch of time; the windows that start in it are judged together. `end` is exclusive. */
export interface Slot {
  readonly start: Millis;
  readonly end: Millis;
}

/**
 * Length of a definition's slots: a minute, or the size of longer windows, so that no point is read for more
 * than two slots.
 */
export function slotMs(definition: WindowDefinition): Millis {
  return Math.max(LEAST_SLOT_MS, longestMs(definition));
}

/** Windows start at multiples of this; sessions at any millisecond. */
function advanceMs(definition: WindowDefinition): Millis {
  return definition.kind === 'session' ? 1 : definition.advanceMs;
}

/** The slot that holds `time`; also right before 1970. */
export function slotAt(definition: WindowDefinition, time: Millis): Slot {
  const length = slotMs(definition);
  const start = Math.floor(time / length) * length;
  return { start, end: start + length };
}

/** Starts of the slots whose windows hold points of these minutes, in order, each once. */
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

/** The stretch between `from` and `to` in pieces that each lie in one slot. */
export function* piecesBetween(definition: WindowDefinition, from: Millis, to: Millis): Generator<Slot> {
  for (let start = from; start < to; ) {
    const end = Math.min(slotAt(definition, start).end, to);
    yield { start, end };
    start = end;
  }
}

/** The last end that a window may have that starts in the slot. */
export function lastEnd(definition: WindowDefinition, { end }: Slot): Millis {
  const advance = advanceMs(definition);
  return (Math.ceil(end / advance) - 1) * advance + longestMs(definition);
}
