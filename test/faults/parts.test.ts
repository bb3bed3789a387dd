import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partsOf } from './parts.js';

test('parts go from fault to fault, short ones with the next', () => {
  assert.deepEqual(partsOf([100, 150, 155, 200], 300, 20), [
    { from: 100, to: 150 },
    { from: 150, to: 200 },
    { from: 200, to: 300 },
  ]);
});

test('what is left at the end belongs to the last part, and a short run has none', () => {
  assert.deepEqual(partsOf([100, 150], 160, 20), [{ from: 100, to: 160 }]);
  assert.deepEqual(partsOf([100], 110, 20), []);
  assert.deepEqual(partsOf([], 110, 20), []);
});
