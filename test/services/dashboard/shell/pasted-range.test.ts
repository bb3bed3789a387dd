import assert from 'node:assert/strict';
import { it } from 'node:test';
import { pastedRange } from '../../../../services/dashboard/shell/pasted-range.js';

it('takes a range from an address, JSON or two moments', () => {
  const range = { from: '2026-11-27T01:00:00Z', to: '2026-11-27T02:00:00Z' };
  for (const text of [
    `https://example.com/explore?metric=a&from=${range.from}&to=${range.to}`,
    JSON.stringify(range),
    `${range.from} to ${range.to}`,
    `${range.from} – ${range.to}`,
    `${range.from}, ${range.to}`,
    `${range.from}\n${range.to}`,
  ])
    assert.deepEqual(pastedRange(text), range, text);
  assert.deepEqual(pastedRange('now-6h now'), { from: 'now-6h', to: 'now' });
});

it('takes nothing else', () => {
  for (const text of ['', 'now', 'one two', 'now-6h now now', '/explore?from=now-1h'])
    assert.equal(pastedRange(text), null, text);
});
