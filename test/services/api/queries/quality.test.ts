import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { qualityOf, stepMsOf } from '../../../../services/api/queries/quality.js';
import { emptyTally } from '../../../../shared/windows/tally.js';

const MINUTE_MS = 60_000;
const AT = Date.UTC(2026, 0, 2, 12);

const slot = (minute: number, equal: number) => ({
  ...{ window: '10s', start: new Date(AT + minute * MINUTE_MS), comparedAt: new Date(AT) },
  tally: { ...emptyTally(), windows: 4, equal, stored: 8, counted: 8 },
});

describe('quality over a range', () => {
  it('has steps of whole minutes, 120 at most', () => {
    for (const [minutes, expected] of [
      [1, 1],
      [120, 1],
      [121, 2],
      [30 * 1_440, 360],
    ] as const)
      assert.equal(
        stepMsOf({ start: AT, end: AT + minutes * MINUTE_MS }),
        expected * MINUTE_MS,
        `${minutes}`,
      );
  });

  it('adds the slots of each step, and leaves out steps of which nothing was compared', () => {
    const [found] = qualityOf([slot(11, 4), slot(5, 4), slot(4, 1), slot(0, 4)], 5 * MINUTE_MS);
    assert.deepEqual(
      found?.steps.map(({ start, slots, tally }) => [
        (start - AT) / MINUTE_MS,
        slots,
        tally.windows,
        tally.equal,
      ]),
      [
        [0, 2, 8, 5],
        [5, 1, 4, 4],
        [10, 1, 4, 4],
      ],
    );
    assert.deepEqual(
      found?.slots.map(({ start }) => (start.getTime() - AT) / MINUTE_MS),
      [4],
    );
  });
});
