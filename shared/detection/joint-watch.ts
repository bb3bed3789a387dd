import { growTree, type IsolationTree, isolation } from './isolation-forest.js';
import { remember, surprise, type Tails, tailsOf } from './parts/tail.js';

/** Trees of a forest; each new row replaces the oldest, so that it is always of recent rows. */
const TREES = 32;
/** Rows that a tree is grown from a sample of. */
export const RECENT = 256;
/** Rows kept: enough to grow every tree again as it was. */
export const KEPT = RECENT + TREES;
/** Rows before the first result. */
const WARM_UP = 600;
/** How rare a row's isolation must be, in decades, and how high. */
const RARE = 3.1;
const ISOLATED = 0.6;
/** The tail counts in octaves; isolation has its tail within some hundredths. */
const ISOLATION_PER_OCTAVE = 0.025;
/** Rows for which an incident stays open. */
const QUIET = 60;

/** What is known of several figures that are seen together. */
export interface JointState {
  readonly width: number;
  /** The latest rows; row `n` has its place at `n % KEPT`. */
  readonly rows: Float32Array[];
  count: number;
  /** Tree `n % TREES` was grown before row `n` came; none when the rows were put back, until the next one comes. */
  readonly trees: IsolationTree[];
  readonly tails: Tails;
  /** Count of rows until which an incident stays open. */
  openUntil: number;
}

export interface JointResult {
  readonly isAnomaly: boolean;
  /** 0 (like the others) to 1. */
  readonly isolation: number;
  /** Evidence in multiples of what makes an anomaly. */
  readonly evidence: number;
}

export function newJoint(width: number): JointState {
  return { width, rows: [], count: 0, trees: [], tails: tailsOf(1), openUntil: 0 };
}

/**
 * Scores a row by the forest of those before it and learns it, in place. Each row grows one tree,
 * some ten microseconds of work, so training never holds up the stream; trees follow from the rows
 * and their numbers alone, so a state that was saved goes on as if nothing had happened.
 */
export function watchTogether(state: JointState, row: Float32Array): JointResult {
  let result: JointResult = { isAnomaly: false, isolation: 0, evidence: 0 };
  if (state.count >= RECENT) {
    if (state.trees.length === 0) regrow(state);
    growFor(state, state.count);
    const odd = isolation(state.trees, row);
    const size = 2 ** (odd / ISOLATION_PER_OCTAVE);
    const evidence = surprise(state.tails, 0, size) / RARE;
    const isOdd = state.count >= WARM_UP && odd >= ISOLATED && evidence >= 1;
    result = { isAnomaly: isOdd && state.count >= state.openUntil, isolation: odd, evidence };
    if (isOdd) state.openUntil = state.count + QUIET;
    remember(state.tails, 0, size);
  }
  state.rows[state.count % KEPT] = row;
  state.count++;
  return result;
}

/** Grows the trees that there were, after the rows were put back. */
function regrow(state: JointState): void {
  for (let row = Math.max(RECENT, state.count - TREES); row < state.count; row++) growFor(state, row);
}

/** The tree that comes before row `number`, from those that came before. */
function growFor({ rows, trees }: JointState, number: number): void {
  const recent: Float32Array[] = [];
  for (let i = number - RECENT; i < number; i++) {
    const row = rows[i % KEPT];
    if (row !== undefined) recent.push(row);
  }
  trees[number % TREES] = growTree(recent, numbersFrom(number));
}

/** Mulberry32. */
function numbersFrom(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
