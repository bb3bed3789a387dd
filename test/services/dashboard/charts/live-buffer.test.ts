import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LiveBuffer } from '../../../../services/dashboard/charts/live-buffer.js';
import { isLiveAggregation, liveSteps } from '../../../../services/dashboard/charts/live-steps.js';

describe('LiveBuffer', () => {
  it('has each time once, in order, with the value that came last', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer())), (sent) => {
        const buffer = new LiveBuffer({ maxSeries: 1, maxPoints: 100 });
        for (const [time, value] of sent) buffer.add('a', time, value);
        const expected = [...new Map(sent)].sort(([a], [b]) => a - b);
        assert.deepEqual(buffer.after('a', -1), expected);
      }),
    );
  });

  it('keeps the newest points, of as many series as it may', () => {
    const buffer = new LiveBuffer({ maxSeries: 2, maxPoints: 4 });
    for (let time = 0; time < 1_000; time += 1) for (const key of 'abc') buffer.add(key, time, time);
    assert.deepEqual(buffer.keys, ['a', 'b']);
    assert.equal(buffer.refused, 1_000);
    assert.deepEqual(
      buffer.after('a', -1).map(([time]) => time),
      [996, 997, 998, 999],
    );
    assert.deepEqual(
      buffer.after('a', 997).map(([time]) => time),
      [998, 999],
    );
    assert.deepEqual(buffer.after('c', 0), []);
  });
});

describe('liveSteps', () => {
  const points = [
    [10, 1],
    [12, 3],
    [21, 5],
  ] as const;

  it('puts points together as the API does', () => {
    const of = (aggregation: string) => liveSteps(points, 10, aggregation).map(([, value]) => value);
    assert.deepEqual(of('avg'), [2, 5]);
    assert.deepEqual(of('min'), [1, 5]);
    assert.deepEqual(of('max'), [3, 5]);
    assert.deepEqual(of('sum'), [4, 5]);
    assert.deepEqual(of('count'), [2, 1]);
    assert.deepEqual(
      liveSteps(points, 10, 'avg').map(([time]) => time),
      [10, 20],
    );
  });

  it('leaves single points as they are, and what takes more than points to the API', () => {
    assert.deepEqual(liveSteps(points, 0, 'avg'), points);
    assert.equal(isLiveAggregation('p95'), false);
    assert.equal(isLiveAggregation('sum'), true);
    assert.equal(isLiveAggregation('toString'), false);
  });
});
