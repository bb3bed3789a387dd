import type { Definition } from '../definitions.js';
import type { Arrival } from './arrivals.js';
import type { Book } from './book.js';

/**
 * Why a point may be late, as the test sees it:
 *
 * - `arrival`: it was when it reached `ingest.metrics`, by its own partition alone
 * - `hold`: the test held its partition then
 * - `slow`: it came in a partition whose only sender has a slow clock
 * - `unnamed`: its partition was new, and no time note had named it yet
 * - `none`: for no reason; our own doing
 */
export const LATE_REASONS = ['arrival', 'hold', 'slow', 'unnamed', 'none'] as const;
export type LateReason = (typeof LATE_REASONS)[number];

/** A window that a point missed. */
export interface MissedWindow {
  readonly window: string;
  readonly start: number;
}

/** What the test needs to know of a kind of window. */
export type WindowSize = Pick<Definition, 'sizeMs' | 'graceMs'>;

/**
 * The time at which a window closes for certain; of a session, whose end depends on its other points, the
 * earliest at which it may.
 *
 * @param sizes by the windows' names; those of a session have the size 0
 */
function closesAt({ window, start }: MissedWindow, sizes: ReadonlyMap<string, WindowSize>): number {
  const size = sizes.get(window);
  return size === undefined ? Number.POSITIVE_INFINITY : start + size.sizeMs + size.graceMs;
}

/** Whether the point's arrival alone is why it missed some of the windows. */
export function missedByArrival(
  missed: readonly MissedWindow[],
  { before }: Arrival,
  sizes: ReadonlyMap<string, WindowSize>,
): boolean {
  return missed.some((each) => closesAt(each, sizes) <= before);
}

/** @param namedAt when the first time note that names the point's input partition was appended where the point went to */
export function reasonOf(
  missed: readonly MissedWindow[],
  { partition, appendedAt, before }: Arrival,
  sizes: ReadonlyMap<string, WindowSize>,
  book: Book,
  namedAt: () => number,
): LateReason {
  if (missed.every((each) => closesAt(each, sizes) <= before)) return 'arrival';
  if (book.isHeld(partition, appendedAt)) return 'hold';
  if (book.slow.has(partition)) return 'slow';
  if (book.added.has(partition) && appendedAt <= namedAt()) return 'unnamed';
  return 'none';
}
