import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { heightOf } from '../../../../../services/dashboard/api/anomaly-figures.js';
import type { Anomaly } from '../../../../../services/dashboard/api/operations.js';
import {
  beyond,
  held,
  isOngoing,
  movedWith,
  ruleAbout,
  seriesOf,
  storiesOf,
} from '../../../../../services/dashboard/pages/anomalies/stories.js';

const anomaly = (id: string, metric: string, start: number, score = 0.7): Anomaly => ({
  ...{ id, metric, tags: {}, detector: 'zscore', window: '10s', score, severity: 'warning', explanation: '' },
  start: new Date(start).toISOString(),
  end: new Date(start + 10_000).toISOString(),
  ...{
    value: 9,
    expected: 3,
    lower: 2,
    upper: 5,
    detectedAt: new Date(start).toISOString(),
    mutedUntil: null,
  },
});
const anomalies = fc
  .array(
    fc.tuple(
      fc.constantFrom('a', 'b', 'c'),
      fc.integer({ min: 0, max: 2_000 }),
      fc.double({ min: 0.5, max: 1, noNaN: true }),
    ),
    { maxLength: 40 },
  )
  .map((all) => all.map(([metric, at, score], i) => anomaly(`id-${i}`, metric, at * 10_000, score)));

describe('stories', () => {
  it('have each anomaly once, those of one series apart by more than five minutes', () => {
    fc.assert(
      fc.property(anomalies, (all) => {
        const stories = storiesOf(all);
        const ids = stories.flatMap((story) => story.anomalies.map(({ id }) => id));
        assert.deepEqual(ids.toSorted(), all.map(({ id }) => id).toSorted());
        for (const story of stories) {
          assert.ok(story.anomalies.every((one) => seriesOf(one) === seriesOf(story)));
          assert.equal(story.worst.score, Math.max(...story.anomalies.map(({ score }) => score)));
        }
        for (const [, same] of Map.groupBy(stories, seriesOf)) {
          const inOrder = same.toSorted((a, b) => a.start - b.start);
          for (const [i, story] of inOrder.entries())
            if (i > 0) assert.ok(story.start - (inOrder[i - 1]?.end ?? 0) > 300_000);
        }
      }),
    );
  });

  it('are the same in whatever order their anomalies come', () => {
    const spans = (all: readonly Anomaly[]) =>
      storiesOf(all)
        .map(({ start, end, metric }) => `${metric} ${start} ${end}`)
        .sort();
    fc.assert(fc.property(anomalies, (all) => assert.deepEqual(spans(all), spans(all.toReversed()))));
  });

  it('come with those that were at the same time, the nearest first', () => {
    const stories = storiesOf([
      anomaly('x', 'a', 0),
      anomaly('near', 'b', 10_000),
      anomaly('nearer', 'c', 0),
      anomaly('far', 'd', 3_600_000),
    ]);
    const own = stories.find(({ id }) => id === 'x');
    assert.ok(own);
    assert.deepEqual(
      movedWith(own, stories, 5).map(({ id }) => id),
      ['nearer', 'near'],
    );
    assert.equal(movedWith(own, stories, 1).length, 1);
    assert.deepEqual([isOngoing(own, 60_000), isOngoing(own, 600_000)], [true, false]);
  });
});

it('says how far something is from what was expected', () => {
  const of = (more: Partial<Anomaly>) => beyond({ ...anomaly('a', 'a', 0), ...more });
  assert.equal(of({}), '3.0 times what was expected');
  assert.equal(of({ value: 1 }), '33 % of what was expected');
  assert.equal(of({ value: 4 }), '4, where 3 was expected');
  assert.equal(of({ value: 9, expected: -1 }), '9, where -1 was expected');
  assert.equal(of({ value: 759, expected: 1e-11 }), '759, where 0 was expected');
  assert.equal(of({ value: 53_370, expected: 53_250, upper: 53_260 }), '53.37k, where 53.25k was expected');
});

describe('what is found whatever the value', () => {
  const of = (detector: string) => ({ ...anomaly('a', 'a', 0), detector });

  it('is named, not compared with what was expected', () => {
    assert.equal(beyond(of('silence')), 'sent nothing');
    assert.equal(beyond(of('absence')), 'overdue');
    assert.equal(beyond(of('stuck')), 'stuck at 9');
  });

  it('gets a rule about its model, others one about their value', () => {
    assert.deepEqual(ruleAbout(of('silence')), { metric: 'a', on: 'anomaly', model: 'silence' });
    assert.deepEqual(ruleAbout(of('baseline+rate')), { metric: 'a', expr: 'mean > 5.0' });
    assert.deepEqual(ruleAbout({ ...of('level'), value: 1 }), { metric: 'a', expr: 'mean < 2.0' });
  });

  it('is drawn at its value, a silence has none: it counts windows of others', () => {
    assert.deepEqual(heightOf(of('stuck')), { value: 9 });
    assert.deepEqual(heightOf(of('silence')), {});
  });
});

describe('a list of stories that somebody reads', () => {
  it('stays in its order, has all of what is found once, and holds back what is new', () => {
    fc.assert(
      fc.property(anomalies, fc.nat(40), (all, first) => {
        const before = storiesOf(all.slice(0, first));
        const found = storiesOf(all);
        const { shown, waiting } = held(before, found);
        assert.deepEqual(new Set([...shown, ...waiting]), new Set(found));
        assert.equal(shown.length + waiting.length, found.length, 'each once');
        if (before.length === 0) return assert.deepEqual(waiting, []);
        const placeOf = new Map(
          shown.flatMap((story, i) => story.anomalies.map(({ id }) => [id, i] as const)),
        );
        const places = before.map(({ anomalies: [one] }) => placeOf.get(one?.id ?? '') ?? -1);
        // Where two have become one, both are where the first of them was.
        const firsts = [...new Set(places)];
        assert.deepEqual(firsts, [...firsts.keys()]);
      }),
    );
  });

  it('keeps what is not found any more, so that nothing moves', () => {
    const [gone, stays] = [storiesOf([anomaly('x', 'a', 0)]), storiesOf([anomaly('y', 'b', 10_000)])];
    const { shown, waiting } = held(
      [...gone, ...stays],
      [...storiesOf([anomaly('z', 'c', 20_000)]), ...stays],
    );
    assert.deepEqual([shown.map(({ id }) => id), waiting.map(({ id }) => id)], [['x', 'y'], ['z']]);
  });
});
