/** A stretch of a run. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

/** The time up to `end` in stretches from one fault's beginning to another's, each of `least` at least. */
export function partsOf(beginnings: readonly number[], end: number, least: number): Part[] {
  const parts: Part[] = [];
  let from = beginnings[0] ?? end;
  for (const at of beginnings)
    if (at - from >= least && end - at >= least) {
      parts.push({ from, to: at });
      from = at;
    }
  return end - from >= least ? [...parts, { from, to: end }] : parts;
}
