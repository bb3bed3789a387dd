import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Health } from '../../../shared/process/health.js';

test('remarks are one note, of which the first few are shown; none is no note, and none stands against readiness', () => {
  const health = new Health((text) => text.replaceAll('s3cret', '***'));
  health.noteAll('rules', ['a s3cret', 'b', 'c', 'd', 'e', 'f', 'g']);
  assert.deepEqual(health.notes, ['a ***; b; c; d; e; and 2 more']);
  health.noteAll('rules', ['a', 'b']);
  assert.deepEqual([health.notes, health.ready], [['a; b'], true]);
  health.noteAll('rules', []);
  assert.deepEqual(health.notes, []);
});
