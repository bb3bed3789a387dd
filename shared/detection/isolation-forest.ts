/**
 * Isolation forest (Liu, Ting and Zhou 2008, "Isolation Forest", ICDM): random splits set an odd row
 * apart from the others after few of them. A split is along a random direction in two columns, scaled by
 * their spread, as in Hariri, Kind and Brunner (2019, "Extended Isolation Forest"), so that columns
 * that go together are seen as such. Trees are of a fixed size in flat arrays, node `i` having its
 * children at `2i + 1` and `2i + 2`.
 */

/** Rows that a tree is grown from (psi in the paper), and how deep it can get. */
const SAMPLE = 64;
const DEPTH = 6;
const NODES = 2 ** (DEPTH + 1) - 1;
const LEAF = -1;

export interface IsolationTree {
  /** Two columns for each node; -1 for a leaf. */
  readonly columns: Int8Array;
  /** Their weights. */
  readonly weights: Float32Array;
  /** Where the weighted sum splits; for a leaf the path length that is still to be added. */
  readonly splits: Float32Array;
}

/** A row is a list of numbers, all of the same length. */
export type Row = ArrayLike<number>;

/** @param random numbers in [0, 1), which decide the tree */
export function growTree(rows: readonly Row[], random: () => number): IsolationTree {
  const tree = {
    columns: new Int8Array(2 * NODES).fill(LEAF),
    weights: new Float32Array(2 * NODES),
    splits: new Float32Array(NODES),
  };
  const sample = Array.from({ length: Math.min(SAMPLE, rows.length) }, () => {
    return rows[Math.floor(random() * rows.length)] ?? [];
  });
  grow(tree, 0, 0, sample, spreads(sample), random);
  return tree;
}

/** 0.5 for a row like all others, towards 1 for one that is set apart at once. */
export function isolation(trees: readonly IsolationTree[], row: Row): number {
  let sum = 0;
  for (const tree of trees) sum += pathLength(tree, row);
  return 2 ** (-sum / trees.length / meanPath(SAMPLE));
}

function grow(
  tree: IsolationTree,
  node: number,
  depth: number,
  rows: readonly Row[],
  spread: readonly number[],
  random: () => number,
): void {
  tree.splits[node] = meanPath(rows.length);
  if (depth === DEPTH || rows.length < 2) return;
  for (let side = 0; side < 2; side++) {
    const column = Math.floor(random() * spread.length);
    const scale = spread[column] ?? 0;
    tree.columns[2 * node + side] = column;
    tree.weights[2 * node + side] = scale > 0 ? (2 * random() - 1) / scale : 0;
  }
  const sums = rows.map((row) => weighted(tree, node, row));
  const low = Math.min(...sums);
  const split = Math.fround(low + random() * (Math.max(...sums) - low));
  const left = rows.filter((_, i) => (sums[i] ?? 0) < split);
  if (left.length === 0 || left.length === rows.length) {
    tree.columns.fill(LEAF, 2 * node, 2 * node + 2);
    return;
  }
  tree.splits[node] = split;
  grow(tree, 2 * node + 1, depth + 1, left, spread, random);
  const right = rows.filter((_, i) => !((sums[i] ?? 0) < split));
  grow(tree, 2 * node + 2, depth + 1, right, spread, random);
}

function pathLength(tree: IsolationTree, row: Row): number {
  let node = 0;
  let depth = 0;
  while (tree.columns[2 * node] !== LEAF) {
    node = 2 * node + (weighted(tree, node, row) < (tree.splits[node] ?? 0) ? 1 : 2);
    depth++;
  }
  return depth + (tree.splits[node] ?? 0);
}

function weighted({ columns, weights }: IsolationTree, node: number, row: Row): number {
  const one = (row[columns[2 * node] ?? 0] ?? 0) * (weights[2 * node] ?? 0);
  return one + (row[columns[2 * node + 1] ?? 0] ?? 0) * (weights[2 * node + 1] ?? 0);
}

/** The standard deviation of each column. */
function spreads(rows: readonly Row[]): number[] {
  return Array.from({ length: rows[0]?.length ?? 0 }, (_, column) => {
    const mean = rows.reduce((sum, row) => sum + (row[column] ?? 0), 0) / rows.length;
    const squares = rows.reduce((sum, row) => sum + ((row[column] ?? 0) - mean) ** 2, 0);
    return Math.sqrt(squares / rows.length);
  });
}

/** Mean path length of an unsuccessful search in a binary tree of `count` (equation 1 of the paper). */
function meanPath(count: number): number {
  if (count < 2) return 0;
  return 2 * (Math.log(count - 1) + 0.5772156649) - (2 * (count - 1)) / count;
}
