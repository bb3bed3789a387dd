import { signal } from '@preact/signals';

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

/** A moment that stays marked in all charts. */
export const pinned = signal<number | null>(null);

let charts = 0;

/** Another page begins without the marks of the one before. @returns what ends it */
export function joinCursor(): () => void {
  charts += 1;
  return () => {
    charts -= 1;
    if (charts > 0) return;
    hovered.value = null;
    pinned.value = null;
  };
}
