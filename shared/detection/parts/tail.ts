/**
 * How rare a residual is for its series: -log10 of its empirical tail probability.
 *
 * Lavin and Ahmad (2015, arXiv:1510.03336) rate a prediction error by its tail probability among
 * earlier ones, assuming a normal distribution; here the distribution is counted, so that heavy
 * tails, discrete values and skewed noise are what they are. Counts of log|residual|, by sign, in bins
 * of half an octave below the largest one seen; halved when full, so that the past fades slowly.
 */

/** Bins of one sign: 12 octaves, a factor of 4,096 between what still differs. */
const BINS = 24;
const OCTAVES_PER_BIN = 0.5;
/** Counts of one tail, both signs. */
export const TAIL_CELLS = 2 * BINS;
/** With so many counts each is halved; single ones are then forgotten. */
const FULL = 32_768;
/** Part of an observation that is believed to lie beyond all that was seen. */
const PRIOR = 0.3;
/** Decades of rarity for each octave beyond all that was seen: at least, and by the slope of the tail before. */
const LEAST_SLOPE = 0.3;
const SLOPE = 0.5;
const MOST_BEYOND = 3.2;
/** What is about as large as a residual begins between so many bins below it. */
const NEAR = 0.25;
const FAR = 1.25;
/** A first change has no scale by which it could be called large. */
const FROM_CONSTANT = 1;
/** Halvings of what lies beyond all that was seen until a rarity is found. */
const HALVINGS = 30;
/** A residual larger than all others moves the bins by at most so many, lest one outlier hide what is usual. */
const LARGEST_SHIFT = 4;

/** The tails of several streams side by side. */
export interface Tails {
  /** {@link TAIL_CELLS} for each. */
  readonly counts: Uint16Array;
  /** For each: log2 of the lower edge of its first bin; NaN until a residual differed from zero. */
  readonly floors: Float32Array;
  /** For each: residuals counted. */
  readonly totals: Uint16Array;
}

export function tailsOf(streams: number): Tails {
  return {
    counts: new Uint16Array(streams * TAIL_CELLS),
    floors: new Float32Array(streams).fill(Number.NaN),
    totals: new Uint16Array(streams),
  };
}

/** 0 for what is usual; about 3 for what is larger than all but one in a thousand. Nothing is learnt. */
export function surprise(tails: Tails, stream: number, residual: number): number {
  return rarityOf(tails, stream, residual, 0, 0);
}

/** The same of what is as large as that or about: the equal of the largest one seen is not larger than all. */
export function rarity(tails: Tails, stream: number, residual: number): number {
  return rarityOf(tails, stream, residual, NEAR, FAR);
}

function rarityOf(
  { counts, floors, totals }: Tails,
  stream: number,
  residual: number,
  near: number,
  far: number,
) {
  const total = totals[stream] ?? 0;
  if (total === 0 || residual === 0) return 0;
  const floor = floors[stream] ?? 0;
  if (Number.isNaN(floor)) return Math.log10((total + 1) / PRIOR) + FROM_CONSTANT;
  const position = (Math.log2(Math.abs(residual)) - floor) / OCTAVES_PER_BIN;
  if (position < 0) return 0;
  const side = stream * TAIL_CELLS + (residual < 0 ? BINS : 0);
  return rarityAt(counts, side, position, topOf(counts, side), total, near, far);
}

function rarityAt(
  counts: Uint16Array,
  side: number,
  position: number,
  top: number,
  total: number,
  near = NEAR,
  far = FAR,
): number {
  const aboveNear = aboveAt(counts, side, top, position - near) + PRIOR;
  const aboveFar = near === far ? aboveNear : aboveAt(counts, side, top, position - far) + PRIOR;
  const beyond = Math.max(0, (position - top - 1) * OCTAVES_PER_BIN);
  const further = beyond === 0 ? 0 : Math.min(MOST_BEYOND, slopeAt(counts, side, top) * beyond);
  return Math.max(0, Math.log10((total + 1) / Math.sqrt(aboveNear * aboveFar))) + further;
}

/** Counts of a side above a position, all of them below its first bin. */
function aboveAt(counts: Uint16Array, side: number, top: number, position: number): number {
  const bin = Math.max(0, Math.floor(position));
  let above = 0;
  for (let i = bin + 1; i <= top; i++) above += counts[side + i] ?? 0;
  return bin < BINS ? above + Math.min(1, 1 - (position - bin)) * (counts[side + bin] ?? 0) : above;
}

/** The last bin of a side that has counts; the first where none has. */
function topOf(counts: Uint16Array, side: number): number {
  let top = BINS - 1;
  while (top > 0 && counts[side + top] === 0) top--;
  return top;
}

/** Decades for each octave behind the last bin: its slope goes on (Hill 1975, "A simple general approach to inference about the tail"). */
function slopeAt(counts: Uint16Array, side: number, top: number): number {
  const octave = (counts[side + top] ?? 0) + (top > 0 ? (counts[side + top - 1] ?? 0) : 0);
  return LEAST_SLOPE + SLOPE * Math.log10(1 + octave);
}

/** Counts one residual more. */
export function remember(tails: Tails, stream: number, residual: number): void {
  const { counts, floors, totals } = tails;
  if ((totals[stream] ?? 0) >= FULL) halve(tails, stream);
  const side = stream * TAIL_CELLS + (residual < 0 ? BINS : 0);
  let bin = 0;
  if (residual !== 0) {
    const size = Math.log2(Math.abs(residual));
    // Until something differs from zero there is no scale: zeros belong in the first bin of any.
    if (Number.isNaN(floors[stream])) floors[stream] = size - (BINS / 2) * OCTAVES_PER_BIN;
    bin = Math.max(0, Math.floor((size - (floors[stream] ?? 0)) / OCTAVES_PER_BIN));
    if (bin >= BINS) {
      raise(tails, stream, Math.min(LARGEST_SHIFT, bin - BINS + 1));
      bin = BINS - 1;
    }
  }
  counts[side + bin] = (counts[side + bin] ?? 0) + 1;
  totals[stream] = (totals[stream] ?? 0) + 1;
}

/**
 * How far residuals of a sign reach, but for a share of `rare` of all; 0 where there are none.
 *
 * @param counted smaller shares reach beyond all that was seen as far as {@link rarity} goes on
 */
export function reach(tails: Tails, stream: number, isBelow: boolean, rare: number, counted = rare): number {
  const { counts, floors, totals } = tails;
  const floor = floors[stream] ?? 0;
  if (Number.isNaN(floor)) return 0;
  const total = totals[stream] ?? 0;
  const side = stream * TAIL_CELLS + (isBelow ? BINS : 0);
  if (rare < counted) {
    const top = topOf(counts, side);
    const known = rarityAt(counts, side, top + 1, top, total);
    // Of a series that is hardly known the least share that is counted already lies at the edge of all that was seen.
    const isYoung = total + 1 < PRIOR / counted;
    const decades = isYoung ? known + Math.log10(counted / rare) : -Math.log10(rare);
    if (known < decades) return 2 ** (floor + OCTAVES_PER_BIN * positionOf(tails, side, top, total, decades));
  }
  const allowed = rare * total;
  let above = 0;
  for (let i = BINS - 1; i > 0; i--) {
    const here = counts[side + i] ?? 0;
    if (here > 0 && above + here >= allowed)
      return 2 ** (floor + OCTAVES_PER_BIN * (i + Math.min(1, (above + here - allowed) / here)));
    above += here;
  }
  return 0;
}

/** Position beyond the last bin at which the rarity is so many decades, or at which it grows no more. */
function positionOf({ counts }: Tails, side: number, top: number, total: number, decades: number): number {
  let low = top + 1;
  let high = low + Math.max(FAR, MOST_BEYOND / slopeAt(counts, side, top) / OCTAVES_PER_BIN);
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (rarityAt(counts, side, middle, top, total) < decades) low = middle;
    else high = middle;
  }
  return high;
}

/** Makes room above: what falls out below is counted in the first bin. */
function raise({ counts, floors }: Tails, stream: number, by: number): void {
  for (let side = stream * TAIL_CELLS; side < (stream + 1) * TAIL_CELLS; side += BINS) {
    let low = 0;
    for (let i = 0; i <= by; i++) low += counts[side + i] ?? 0;
    for (let i = 1; i < BINS; i++) counts[side + i] = i + by < BINS ? (counts[side + i + by] ?? 0) : 0;
    counts[side] = low;
  }
  floors[stream] = (floors[stream] ?? 0) + by * OCTAVES_PER_BIN;
}

function halve({ counts, totals }: Tails, stream: number): void {
  let total = 0;
  for (let i = stream * TAIL_CELLS; i < (stream + 1) * TAIL_CELLS; i++) {
    counts[i] = (counts[i] ?? 0) >> 1;
    total += counts[i] ?? 0;
  }
  totals[stream] = total;
}

/** As if nothing had been counted. */
export function forget({ counts, floors, totals }: Tails, stream: number): void {
  counts.fill(0, stream * TAIL_CELLS, (stream + 1) * TAIL_CELLS);
  floors[stream] = Number.NaN;
  totals[stream] = 0;
}
