import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { problemsOf } from '../../../../../services/dashboard/pages/dashboards/model/component.js';
import { exploreAddress } from '../../../../../services/dashboard/pages/dashboards/model/explore-address.js';
import { componentOf } from '../../../../../services/dashboard/pages/explore/component.js';
import { stateOf } from '../../../../../services/dashboard/pages/explore/state.js';

const of = (query: string) =>
  componentOf('stream.latency_ms', stateOf(new URLSearchParams(query)), ['host', 'region'], 3_600_000);
const place = { x: 0, y: 0, w: 6, h: 3 };

describe('what Explore shows, on a dashboard', () => {
  it('is the same metric, tags, groups and unit', () => {
    assert.deepEqual(of('tag=region=eu'), {
      ...{ kind: 'chart', title: 'stream.latency_ms', metric: 'stream.latency_ms', aggregation: 'avg' },
      ...{ tags: { region: 'eu' }, band: true, unit: 'ms' },
    });
    assert.deepEqual(of('by=host&top=5&compare=7d&agg=p95&view=table'), {
      ...{ kind: 'table', title: 'stream.latency_ms', metric: 'stream.latency_ms', aggregation: 'p95' },
      ...{ by: ['host'], top: 5, compare: '7d', unit: 'ms' },
    });
    const again = exploreAddress({ ...of('by=host&compare=7d&agg=max'), ...place, id: 'a' });
    assert.equal(again?.agg, 'max');
    assert.deepEqual(again?.by, ['host']);
  });

  it('is always one that a dashboard can have', () => {
    for (const query of [
      '',
      'top=5',
      'compare=period',
      'compare=2w',
      'by=*',
      'by=*&compare=1d',
      'view=heatmap',
      'band=off',
    ])
      assert.deepEqual(problemsOf({ ...of(query), ...place }), [], query);
    assert.equal(of('compare=period').compare, '3600s');
    assert.deepEqual(of('by=*').by, []);
  });
});
