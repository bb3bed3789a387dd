import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growTree, isolation } from '../../../shared/detection/isolation-forest.js';
import { newJoint, watchTogether } from '../../../shared/detection/joint-watch.js';
import { Random } from './families/random.js';

/** Load and processor time go together; each alone may be high or low. */
function together(random: Random): Float32Array {
  const load = 5 * random.uniform();
  return Float32Array.from([load, 20 * load + random.normal(), 50 + random.normal()]);
}

test('a row that is unlike the others is set apart early', () => {
  const random = new Random(1);
  const rows = Array.from({ length: 256 }, () => together(random));
  const trees = Array.from({ length: 100 }, () => growTree(rows, random.uniform));
  const usual = rows.map((row) => isolation(trees, row)).sort((a, b) => a - b);
  const odd = isolation(trees, Float32Array.from([0.5, 90, 58]));
  assert.ok(odd > (usual.at(-1) ?? 1), `${odd} of at most ${usual.at(-1)}`);
  assert.ok((usual[128] ?? 1) < 0.55 && odd > 0.6);
});

test('rows that are all the same are not odd', () => {
  const rows = Array.from({ length: 256 }, () => [1, 2]);
  const trees = Array.from({ length: 10 }, () => growTree(rows, new Random(2).uniform));
  assert.ok(isolation(trees, [1, 2]) <= 0.51);
});

test('figures that never go together are reported once, usual ones hardly ever', () => {
  const random = new Random(3);
  const state = newJoint(3);
  const reported: number[] = [];
  for (let i = 0; i < 5_000; i++) {
    const isOdd = i >= 4_000 && i < 4_010;
    const row = isOdd ? Float32Array.from([0.2, 99, 65]) : together(random);
    if (watchTogether(state, row).isAnomaly) reported.push(i);
  }
  assert.ok(reported.includes(4_000), `${reported}`);
  assert.ok(reported.filter((i) => i >= 4_000 && i < 4_060).length === 1, `${reported}`);
  assert.ok(reported.length <= 6, `${reported}`);
});

test('trees are grown again as they were, with the next row', () => {
  const random = new Random(4);
  const state = newJoint(3);
  for (let i = 0; i < 1_000; i++) watchTogether(state, together(random));
  const before = structuredClone(state);
  state.trees.length = 0;
  const row = together(random);
  assert.deepEqual(watchTogether(state, row), watchTogether(before, row));
  assert.deepEqual(state, before);
});
