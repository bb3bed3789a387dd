import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Health } from '../../../shared/process/health.js';

test('remarks are one note, of which the first few are shown; none is no note, and none stands against readiness', () => {
  const health = new Health((text) => text.replaceAll('s3cret', '***'));
  let remarks = ['a s3cret', 'b', 'c', 'd', 'e', 'f', 'g'];
  health.noteAll('rules', () => remarks);
  assert.deepEqual(health.notes, ['a ***; b; c; d; e; and 2 more']);
  remarks = ['a', 'b'];
  assert.deepEqual([health.notes, health.ready], [['a; b'], true]);
  remarks = [];
  assert.deepEqual(health.notes, []);
});
