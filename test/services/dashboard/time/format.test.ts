import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { figure, momentText, share } from '../../../../services/dashboard/time/format.js';

describe('figures', () => {
  it('have four digits at most, and a letter where they are large', () => {
    assert.deepEqual(
      [0, 12, 9_999, 12_345, 4.5678, 0.00001234, 25_600_000, -31_000, null, Number.NaN].map(figure),
      ['0', '12', '9999', '12.35k', '4.568', '1.23e-5', '25.6M', '-31k', '–', '–'],
    );
  });
});

describe('a share', () => {
  it('is never rounded up to all', () => {
    assert.deepEqual([1, 0.99999, 0.5, 0, null].map(share), ['100 %', '99.99 %', '50.00 %', '0.0 %', '–']);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (part) =>
        assert.notEqual(Number.parseFloat(share(part)), 100),
      ),
    );
  });
});

it('shows a moment in the zone that is chosen', () => {
  const at = Date.parse('2026-11-27T23:30:00Z');
  assert.equal(momentText(at, 'UTC'), '27 Nov 2026, 23:30:00');
  assert.equal(momentText(at, 'Asia/Tokyo'), '28 Nov 2026, 08:30:00');
});
