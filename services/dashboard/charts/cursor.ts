import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { queryValue } from '../address/address.js';
import { setQueryInRange } from '../time/range.js';

/*
 * Charts of one page share a cursor: where it is in one, it is in all of them.
 */

export interface Hovered {
  readonly time: number;
  /** The chart that it is over. */
  readonly chart: object;
  /** In that chart; null where keys moved it. */
  readonly height: number | null;
}

export const hovered = signal<Hovered | null>(null);

const marked = queryValue('at');

/** A moment that stays marked in all charts, in ms since the epoch. It stands in the address as `at`. */
export const pinned: ReadonlySignal<number | null> = computed(() => {
  const at = Number(marked.value || Number.NaN);
  return Number.isFinite(at) ? at : null;
});

/** Marks a moment, or none. */
export function pin(time: number | null): void {
  const at = time === null ? null : Math.round(time);
  if (at !== pinned.peek()) setQueryInRange({ at });
}

let charts = 0;

/** Another page begins without the cursor of the one before. @returns what ends it */
export function joinCursor(): () => void {
  charts += 1;
  return () => {
    charts -= 1;
    if (charts === 0) hovered.value = null;
  };
}
