import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type Aggregate,
  combine,
  count,
  first,
  last,
  max,
  mean,
  min,
  quantiles,
  statistics,
  stddev,
  sum,
} from '../../../shared/operators/index.js';

interface Sample {
  readonly value: number;
  readonly at: number;
}

const value = (sample: Sample) => sample.value;
const samples = fc
  .array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50, size: 'max' })
  .map((values) => values.map((each, at): Sample => ({ value: each, at })));

/** The result over panes of these lengths, merged as a window is. */
function over<A, R>(aggregate: Aggregate<Sample, A, R>, input: readonly Sample[], pane = input.length): R {
  let whole = aggregate.create();
  for (let from = 0; from < input.length; from += pane) {
    let acc = aggregate.create();
    for (const sample of input.slice(from, from + pane)) acc = aggregate.add(acc, sample, sample.at);
    whole = aggregate.merge(whole, acc);
  }
  return aggregate.result(whole);
}

function near(actual: number, wanted: number, scale = 1): void {
  assert.ok(
    Math.abs(actual - wanted) <= 1e-9 * Math.max(1, scale, Math.abs(wanted)),
    `${actual} for ${wanted}`,
  );
}

describe('aggregates', () => {
  it('give the figures of the numbers, however they are spread over panes', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 50 }), (input, pane) => {
        const values = input.map(value);
        const total = values.reduce((a, b) => a + b, 0);
        const average = total / values.length;
        const variance = values.reduce((a, b) => a + (b - average) ** 2, 0) / values.length;
        const all = over(statistics(value), input, pane);
        assert.equal(over(count(), input, pane), values.length);
        near(over(sum(value), input, pane), total, 1e6);
        near(over(mean(value), input, pane), average, 1e6);
        near(over(stddev(value), input, pane) ** 2, variance, 1e12);
        assert.equal(over(min(value), input, pane), Math.min(...values));
        assert.equal(over(max(value), input, pane), Math.max(...values));
        assert.equal(over(first(value), input, pane), values[0]);
        assert.equal(over(last(value), input, pane), values.at(-1));
        assert.deepEqual(all, {
          count: values.length,
          sum: over(sum(value), input, pane),
          min: Math.min(...values),
          max: Math.max(...values),
          mean: over(mean(value), input, pane),
          stddev: over(stddev(value), input, pane),
          first: values[0],
          last: values.at(-1),
        });
        assert.deepEqual(
          over(quantiles(value, [0, 0.5, 1]), input, pane),
          over(quantiles(value, [0, 0.5, 1]), input),
        );
      }),
    );
  });

  it('sum without losing the small among the large', () => {
    const input = [1e100, 1, -1e100, 1].map((each, at) => ({ value: each, at }));
    assert.deepEqual([over(sum(value), input), over(sum(value), input, 1)], [2, 2]);
  });

  it('take of records at the same time the first to come as first, the last as last', () => {
    const input = [3, 1, 1, 3].map((at, i) => ({ value: i, at }));
    for (const pane of [1, 2, 4]) {
      assert.equal(over(first(value), input, pane), 1);
      assert.equal(over(last(value), input, pane), 3);
    }
  });

  it('combine under their names', () => {
    const both = combine({ n: count<Sample>(), newest: last((sample: Sample) => `at ${sample.at}`) });
    const result: { n: number; newest: string } = over(both, [
      { value: 1, at: 5 },
      { value: 1, at: 7 },
    ]);
    assert.deepEqual(result, { n: 2, newest: 'at 7' });
  });
});
