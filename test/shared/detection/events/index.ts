import type { LabelledSeries } from '../families/draft.js';
import { FAMILIES } from '../families/index.js';
import { Random } from '../families/random.js';
import type { EventSeries } from './event-series.js';
import { CLEAN, MADE } from './made-incidents.js';
import { OPERATIONAL } from './operational.js';

/** Those on which a detector may be tuned, and those that are looked at only when it is done: a third of all. */
export const SEED_SETS = ['tuning', 'apart'] as const;
export type SeedSet = (typeof SEED_SETS)[number];

/** So many seeds of the set: every third of all is kept apart. */
export function seedsOf(set: SeedSet, count: number): number[] {
  const share = set === 'apart' ? Math.max(1, Math.round(count / 2)) : count;
  return Array.from({ length: share }, (_, i) => (set === 'apart' ? 3 * i + 2 : 3 * (i >> 1) + (i % 2)));
}

/** Everything a detector is measured on, for one seed. */
export interface Corpus {
  readonly made: readonly EventSeries[];
  readonly clean: readonly EventSeries[];
  readonly operational: readonly EventSeries[];
  readonly labelled: readonly LabelledSeries[];
}

const SALT = 7_654_321;

export function corpusOf(seed: number): Corpus {
  const each = <Made>(makers: readonly ((random: Random) => Made)[], kind: number) =>
    makers.map((make, i) => make(new Random(SALT + seed * 1_000_003 + kind * 100_003 + i * 1_009)));
  return {
    made: each(Object.values(MADE), 0),
    clean: each(Object.values(CLEAN), 1),
    operational: each(OPERATIONAL, 2),
    labelled: each(FAMILIES, 3),
  };
}
