import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bucketFor } from '../../../../../services/api/prometheus/stored/choose-bucket.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A midnight. */
const FIRST = 20_000 * DAY;

const chosen = (range: number, step: number, first = FIRST, longest?: number, fewest = 1) =>
  bucketFor({ range, step, first }, fewest, longest)?.name ?? null;

describe('the roll-up that is read instead of points', () => {
  it('is the coarsest whose buckets fill the ranges of all steps', () => {
    assert.equal(chosen(HOUR, HOUR), '1h');
    assert.equal(chosen(6 * HOUR, HOUR), '1h');
    assert.equal(chosen(DAY, DAY), '1d');
    assert.equal(chosen(DAY, HOUR), '1h');
    assert.equal(chosen(5 * MINUTE, HOUR), '1m');
    assert.equal(chosen(90 * MINUTE, HOUR), '1m');
    assert.equal(chosen(HOUR, 30 * MINUTE), '1m');
  });

  it('is one of short buckets where they do not: what they are off by is little of the range', () => {
    assert.equal(chosen(HOUR, HOUR, FIRST + 1), '1m');
    assert.equal(chosen(7 * DAY, 0, FIRST + 1), '1h');
    assert.equal(chosen(60 * DAY, 0, FIRST + 1), '1d');
    assert.equal(chosen(10 * MINUTE, 15_000, FIRST + 1), '1m');
  });

  it('is of the step for a selector alone, and of minutes at one time', () => {
    assert.equal(chosen(0, HOUR), '1h');
    assert.equal(chosen(0, 15 * MINUTE), '1m');
    assert.equal(chosen(0, DAY), '1d');
    assert.equal(chosen(0, HOUR, FIRST + 5 * MINUTE), '1m');
    assert.equal(chosen(0, 0), '1m');
    assert.equal(chosen(0, 15_000), '1m');
  });

  it('has as many buckets in a range as are needed', () => {
    assert.equal(chosen(HOUR, HOUR, FIRST, DAY, 10), '1m');
    assert.equal(chosen(10 * HOUR, HOUR, FIRST, DAY, 10), '1h');
    assert.equal(chosen(9 * MINUTE, MINUTE, FIRST, DAY, 10), null);
  });

  it('is none for what is shorter than a minute, or longer than is allowed', () => {
    assert.equal(chosen(30_000, HOUR), null);
    assert.equal(chosen(DAY, DAY, FIRST, 0), null);
    assert.equal(chosen(DAY, DAY, FIRST, 5 * MINUTE), '1m');
    assert.equal(chosen(DAY, DAY, FIRST, HOUR), '1h');
  });

  it('is never longer than the range, and off by a sixtieth of it at most where the range is an hour or more', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: HOUR, max: 400 * DAY }),
        fc.integer({ min: 1_000, max: 30 * DAY }),
        fc.integer({ min: 0, max: FIRST }),
        (range, step, first) => {
          const { ms } = bucketFor({ range, step, first }) ?? { ms: Number.NaN };
          const isFilled = [range, step, first].every((each) => each % ms === 0);
          assert.ok(ms <= range && (isFilled || ms <= range / 60));
        },
      ),
    );
  });
});
