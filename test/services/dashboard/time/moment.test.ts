import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { lengthText, momentOf } from '../../../../services/dashboard/time/moment.js';

const NOW = Date.parse('2026-11-27T12:00:00Z');

describe('a moment', () => {
  it('is now, some time ago, seconds, milliseconds or ISO 8601', () => {
    const texts = [
      'now',
      'now-90s',
      'now-1h',
      'now-30d',
      '1795780800',
      '1795780800000',
      '2026-11-27T12:00:00Z',
    ];
    assert.deepEqual(
      texts.map((text) => momentOf(text, NOW)),
      [NOW, NOW - 90_000, NOW - 3_600_000, NOW - 2_592_000_000, NOW, NOW, NOW],
    );
    for (const text of ['', 'yesterday-ish', 'now-', 'now+1h']) assert.equal(momentOf(text, NOW), null, text);
  });

  it('is read as what it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1e11, max: 4e12 }), (ms) => {
        assert.equal(momentOf(String(ms), NOW), ms);
        assert.equal(momentOf(new Date(ms).toISOString(), NOW), ms);
      }),
    );
  });
});

it('says lengths of time in the unit that fits', () => {
  assert.deepEqual([300, 1_500, 90_000, 300_000, 7_200_000, 259_200_000].map(lengthText), [
    '300 ms',
    '2 s',
    '90 s',
    '5 min',
    '2 h',
    '3 d',
  ]);
});
