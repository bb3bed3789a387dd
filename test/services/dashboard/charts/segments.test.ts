import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ribbonOf } from '../../../../services/dashboard/charts/segments.js';
import type { ChartMark } from '../../../../services/dashboard/charts/series.js';

const span = { start: 0, end: 1_000 };
const mark = (start: number, end: number, more: Partial<ChartMark> = {}): ChartMark => ({
  ...{ id: `${start}`, kind: 'anomaly', text: `at ${start}`, severity: 'info', start, end },
  ...more,
});

describe('ribbonOf', () => {
  it('joins what covers one another, as severe as the most severe', () => {
    const segments = ribbonOf(
      [mark(100, 200), mark(150, 300, { severity: 'critical' }), mark(500, 600)],
      span,
    );
    assert.deepEqual(
      segments.map(({ left, severity, marks }) => [left, severity, marks.map(({ id }) => id)]),
      [
        [0.1, 'critical', ['150', '100']],
        [0.5, 'info', ['500']],
      ],
    );
    assert.ok(Math.abs((segments[0]?.width ?? 0) - 0.2) < 1e-9);
  });

  it('keeps what happened to the data in a lane of its own', () => {
    const segments = ribbonOf([mark(100, 200), mark(100, 200, { kind: 'late' })], span);
    assert.deepEqual(
      segments.map(({ lane }) => lane),
      ['figures', 'data'],
    );
  });

  it('has every mark in view once, in at most 84 segments of a lane, none over another', () => {
    const marks = fc.array(
      fc
        .record({ start: fc.integer({ min: -200, max: 1_200 }), length: fc.integer({ min: 0, max: 300 }) })
        .map(({ start, length }) => mark(start, start + length)),
      { maxLength: 500 },
    );
    fc.assert(
      fc.property(marks, (all) => {
        const segments = ribbonOf(all, span);
        const inView = all.filter(({ start, end }) => end >= 0 && start < 1_000);
        assert.equal(segments.flatMap((one) => one.marks).length, inView.length);
        assert.ok(segments.length <= 84);
        segments.forEach(({ left, width }, i) => {
          assert.ok(left >= 0 && left + width <= 1 + 1e-9);
          const before = segments[i - 1];
          assert.ok(before === undefined || left >= before.left + before.width - 1e-9);
        });
      }),
    );
  });
});
