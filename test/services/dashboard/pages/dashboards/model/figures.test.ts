import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { exploreAddress } from '../../../../../../services/dashboard/pages/dashboards/model/explore-address.js';
import {
  changeOf,
  changeText,
  figureOf,
} from '../../../../../../services/dashboard/pages/dashboards/model/figures.js';
import { pairsOf, pairsText } from '../../../../../../services/dashboard/pages/dashboards/model/pairs.js';
import {
  questionOf,
  resolutionOf,
} from '../../../../../../services/dashboard/pages/dashboards/model/questions.js';
import { piecesOf } from '../../../../../../services/dashboard/pages/dashboards/model/text-links.js';
import { refreshMs, timesAsLongOf } from '../../../../../../services/dashboard/time/refresh.js';

const AT = { id: 'a', title: '', x: 0, y: 0, w: 1, h: 1 };
const points = [
  [1, 2],
  [2, null],
  [3, 5],
  [4, null],
] as const;

describe('a figure of a series', () => {
  it('is of the whole range where steps add up, and of the newest step where they do not', () => {
    const previous = [
      [1, 4],
      [3, 1],
      [4, 9],
    ] as const;
    const of = (aggregation: Parameters<typeof figureOf>[1]) => figureOf({ points, previous }, aggregation);
    assert.deepEqual(of('sum'), { value: 7, previous: 14, isOfRange: true });
    assert.deepEqual(of('max'), { value: 5, previous: 9, isOfRange: true });
    assert.deepEqual(of('min'), { value: 2, previous: 1, isOfRange: true });
    // What was at the same time, not what came after it.
    assert.deepEqual(of('avg'), { value: 5, previous: 1, isOfRange: false });
  });

  it('is none where there are no points, of any number of them', () => {
    assert.deepEqual(figureOf({ points: [[1, null]] }, 'max'), {
      value: null,
      previous: null,
      isOfRange: true,
    });
    assert.deepEqual(figureOf({ points: [] }, 'p95'), { value: null, previous: null, isOfRange: false });
  });

  it('changes relative to the size of what was before', () => {
    assert.equal(changeOf({ value: 5, previous: -4, isOfRange: true }), 2.25);
    assert.equal(changeOf({ value: 5, previous: 0, isOfRange: true }), null);
    assert.equal(changeOf({ value: 5, previous: null, isOfRange: true }), null);
    assert.deepEqual([0.1234, -0.5, 12].map(changeText), ['+12.3 %', '−50.0 %', '+1200 %']);
  });
});

describe('what a component asks for', () => {
  const tags = { region: 'eu' };
  it('is each series without groups, and groups with them', () => {
    assert.deepEqual(questionOf({ ...AT, kind: 'chart', metric: 'plays', tags, band: true }), {
      operation: 'GET /metrics/query',
      query: { metric: 'plays', tag: ['region=eu'], aggregation: 'avg', band: true },
    });
    assert.deepEqual(
      questionOf({
        ...AT,
        kind: 'table',
        metric: 'plays',
        by: ['plan'],
        top: 3,
        compare: '7d',
        aggregation: 'sum',
      }),
      {
        operation: 'GET /metrics/aggregated',
        query: { metric: 'plays', tag: [], aggregation: 'sum', by: ['plan'], top: 3, compare: '7d' },
      },
    );
    assert.deepEqual(questionOf({ ...AT, kind: 'kpi', metric: 'plays' }), {
      operation: 'GET /metrics/aggregated',
      query: { metric: 'plays', tag: [], aggregation: 'avg', by: [] },
    });
  });

  it('has cells of a heatmap that are wide enough, and leaves other steps to the API', () => {
    assert.equal(resolutionOf({ kind: 'chart' }, 3_600_000), null);
    fc.assert(
      fc.property(fc.integer({ min: 60_000, max: 30 * 86_400_000 }), (ms) => {
        const [, count, unit] = /^(\d+)([sm])$/.exec(resolutionOf({ kind: 'heatmap' }, ms) ?? '') ?? [];
        assert.ok(ms / (Number(count) * (unit === 's' ? 1_000 : 60_000)) <= 100);
      }),
    );
  });

  it('is asked again as often as a step goes by', () => {
    assert.deepEqual([60_000, 7_200_000, 30 * 86_400_000].map(refreshMs), [10_000, 20_000, 300_000]);
    assert.deepEqual([0, 20_000, 60_000].map(timesAsLongOf), [1, 1, 3]);
  });

  it('is what Explore shows', () => {
    const address = exploreAddress({
      ...AT,
      kind: 'table',
      metric: 'plays',
      tags,
      by: ['plan'],
      compare: '7d',
    });
    assert.deepEqual(address, {
      metric: 'plays',
      tag: ['region=eu'],
      by: ['plan'],
      compare: '7d',
      view: 'table',
    });
    assert.deepEqual(exploreAddress({ ...AT, kind: 'kpi', metric: 'plays', aggregation: 'sum' }), {
      ...{ metric: 'plays', tag: [], agg: 'sum', by: ['*'] },
    });
    assert.equal(exploreAddress({ ...AT, kind: 'text', text: '' }), null);
  });
});

describe('texts of a dashboard', () => {
  it('are split at their links, and nothing is lost', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.equal(
          piecesOf(text)
            .map((piece) => piece.text)
            .join(''),
          text,
        );
      }),
    );
    assert.deepEqual(
      piecesOf('See https://a.example/b?c=1. javascript:alert(1) <a href="http://x.example">'),
      [
        { text: 'See ', href: null },
        { text: 'https://a.example/b?c=1', href: 'https://a.example/b?c=1' },
        { text: '. javascript:alert(1) <a href="', href: null },
        { text: 'http://x.example', href: 'http://x.example' },
        { text: '">', href: null },
      ],
    );
  });

  it('have a pair on each line', () => {
    assert.deepEqual(pairsOf(' region=eu \n\nq=a=b'), { region: 'eu', q: 'a=b' });
    assert.equal(pairsOf('region'), null);
    assert.equal(pairsOf('=eu'), null);
    assert.equal(pairsText({ region: 'eu', q: 'a=b' }), 'region=eu\nq=a=b');
  });
});
