import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anomalyMarks, differenceMarks } from '../../../../../services/dashboard/pages/explore/marks.js';

const times = { start: '1970-01-01T00:00:10Z', end: '1970-01-01T00:00:20Z' };
const anomaly = {
  ...{ id: 'a', metric: 'm', tags: { host: 'x' }, detector: '', window: '10s', ...times },
  ...{ value: 9, expected: 1, lower: 0, upper: 2, score: 0.9, severity: 'critical' },
  ...{ explanation: 'too high', detectedAt: '', mutedUntil: null },
};

describe('marks of Explore', () => {
  it('are the anomalies of what is shown, at their height', () => {
    assert.deepEqual(anomalyMarks([anomaly], new Set(['host=x'])), [
      {
        ...{ id: 'a', kind: 'anomaly', severity: 'critical', text: 'host=x: too high' },
        ...{ start: 10_000, end: 20_000, value: 9 },
      },
    ]);
    assert.deepEqual(anomalyMarks([anomaly], new Set(['host=y'])), []);
    assert.equal('value' in (anomalyMarks([anomaly], null)[0] ?? {}), false);
    const silence = { ...anomaly, detector: 'silence' };
    assert.equal('value' in (anomalyMarks([silence], new Set(['host=x']))[0] ?? {}), false);
  });

  it('are windows that lack late points, and those that are wrong for another reason', () => {
    const window = { ...times, metric: 'm', tags: {}, latePoints: 3, detail: '3 are late' };
    const marks = differenceMarks(
      [
        { ...window, cause: 'late' },
        { ...window, end: null, cause: 'missing' },
      ] as never,
      5,
    );
    assert.deepEqual(
      marks.map(({ kind, text, start, end }) => [kind, text, start, end]),
      [
        ['late', 'late data (3 points): 3 are late', 10_000, 20_000],
        ['corrected', 'missing points: 3 are late', 10_000, 10_005],
      ],
    );
  });
});
