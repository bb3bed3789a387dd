/** A seeded generator of numbers in [0, 1): Mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Normal noise around `mean` (Box and Muller 1958). */
export function normal(random: () => number, mean: number, sigma: number): () => number {
  return () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return mean + sigma * radius * Math.cos(2 * Math.PI * random());
  };
}

export function series<T>(length: number, next: (index: number) => T): T[] {
  return Array.from({ length }, (_, i) => next(i));
}
