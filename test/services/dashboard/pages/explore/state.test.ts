import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  backMs,
  ofMetric,
  stateOf,
  withoutTag,
  withTag,
} from '../../../../../services/dashboard/pages/explore/state.js';

const of = (text: string) => stateOf(new URLSearchParams(text));

describe('what Explore shows', () => {
  it('stands in the address', () => {
    const state = of(
      'metric=plays&tag=region=eu&tag=q=a=b&agg=p95&by=region&top=5&compare=7d&view=table&threshold=-1.5&sensitivity=0.7&explain=5-9',
    );
    assert.deepEqual(state, {
      metric: 'plays',
      tags: [
        ['region', 'eu'],
        ['q', 'a=b'],
      ],
      aggregation: 'p95',
      by: ['region'],
      ...{ top: 5, compare: '7d', view: 'table', hasBand: true, tried: 0.7, threshold: -1.5 },
      explain: { start: 5, end: 9 },
    });
    assert.deepEqual(of('by=*').by, []);
  });

  it('is as if it were not there where it cannot be read', () => {
    const bad = of(
      'tag==x&tag=y&agg=median&top=0&compare=soon&view=3d&threshold=x&sensitivity=7&explain=9-5',
    );
    assert.deepEqual(bad, of(''));
    assert.equal(of('threshold=').threshold, null);
  });

  it('has one value of a tag, and none of another metric', () => {
    const tags = of('tag=a=1&tag=b=2').tags;
    assert.deepEqual(withTag(tags, ['a', '3']), { tag: ['b=2', 'a=3'] });
    assert.deepEqual(withoutTag(tags, 'a'), { tag: ['b=2'] });
    const { tag, sensitivity } = ofMetric('x');
    assert.deepEqual([tag, sensitivity], [null, null]);
  });
});

describe('the earlier period', () => {
  it('lies whole minutes back', () => {
    assert.equal(backMs('7d', 1), 604_800_000);
    assert.equal(backMs('period', 3_600_000), 3_600_000);
    assert.equal(backMs('period', 61_000), 120_000);
    assert.equal(backMs('period', 5_000), 60_000);
  });
});
