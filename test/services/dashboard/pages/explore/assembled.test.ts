import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  anomaliesOf,
  assembled,
  commonTags,
  movedBy,
  nameOf,
  tagsKey,
} from '../../../../../services/dashboard/pages/explore/assembled.js';

const answer = {
  ...{ metric: 'plays', aggregation: 'avg', source: 'windows' as const, resolutionMs: 10_000 },
  ...{ from: '', to: '', anomalies: [] },
  series: [
    {
      tags: { host: 'a', region: 'eu' },
      points: [
        [0, 1],
        [10_000, 2],
        [20_000, null],
      ] as const,
    },
    { tags: { host: 'b', region: 'eu' }, points: [[0, 5]] as const },
  ],
};
const nothing = { answer, band: null, previous: null, tail: () => [] };

describe('series of Explore', () => {
  it('are named by the tags in which they differ', () => {
    assert.deepEqual(
      assembled(nothing).map(({ name }) => name),
      ['host=a', 'host=b'],
    );
    assert.equal(nameOf({}, new Set(), 'plays'), 'plays');
    assert.equal(nameOf({ a: '1' }, commonTags([{ a: '1' }]), 'plays'), 'a=1');
    assert.equal(tagsKey({ b: '2', a: '1' }), 'a=1, b=2');
  });

  it('go on with what comes live, over steps that have no window yet', () => {
    const asked: [string, number][] = [];
    const tail = (key: string, after: number) => {
      asked.push([key, after]);
      return key.includes('host=a') ? [[30_000, 3] as const] : [];
    };
    const [first, second] = assembled({ ...nothing, tail });
    assert.deepEqual(first?.points, [
      [0, 1],
      [10_000, 2],
      [30_000, 3],
    ]);
    assert.deepEqual(second?.points, [[0, 5]]);
    assert.deepEqual(asked, [
      ['host=a, region=eu', 19_999],
      ['host=b, region=eu', 9_999],
    ]);
  });

  it('keep a gap that is one', () => {
    const [first] = assembled({ ...nothing, tail: () => [[500_000, 3]] });
    assert.deepEqual(first?.points.at(-2), [20_000, null]);
  });

  it('have what was expected of them, and what was before', () => {
    const steps = [{ time: 0, expected: 1, lower: 0, upper: 2 }];
    const tags = { region: 'eu', host: 'b' };
    const previous = movedBy({ ...answer, series: [{ tags, points: [[-100, 7]] }] }, 100);
    const [first, second] = assembled({
      ...{ ...nothing, previous },
      band: {
        ...{ resolutionMs: 10_000, sensitivity: 0.5, detectorSensitivity: 1 },
        series: [{ tags, steps, windows: 1, outside: 0, anomalies: 0 }],
      },
    });
    assert.equal(first?.band, undefined);
    assert.equal(first?.previous, undefined);
    assert.deepEqual(second?.band, steps);
    assert.deepEqual(second?.previous, [[0, 7]]);
  });

  it('know their anomalies', () => {
    const times = { start: '1970-01-01T00:00:01Z', end: '1970-01-01T00:00:02Z' };
    const of = anomaliesOf([{ tags: { a: '1' }, score: 0.9, ...times } as never]);
    assert.deepEqual(of({ name: '', points: [], tags: { a: '1' } }), [
      { score: 0.9, start: 1_000, end: 2_000 },
    ]);
    assert.deepEqual(of({ name: '', points: [], tags: { a: '2' } }), []);
  });
});
