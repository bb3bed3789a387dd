import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sortedTagTexts } from '../../../../../services/dashboard/api/tags.js';
import type { Differing, Step } from '../../../../../services/dashboard/pages/quality/causes.js';
import { differencesCsv, figureRows } from '../../../../../services/dashboard/pages/quality/figures.js';
import { chosenQuery, stateOf, stepAt } from '../../../../../services/dashboard/pages/quality/state.js';
import { stripOf } from '../../../../../services/dashboard/pages/quality/strip.js';

const MINUTE_MS = 60_000;

describe('windows over time', () => {
  const step = (minute: number, more: object) =>
    ({
      ...{ start: new Date(minute * MINUTE_MS).toISOString(), windows: 2, equal: 2 },
      ...{ storedPoints: 4, countedPoints: 4, latePoints: 0, ...more },
    }) as unknown as Step;

  it('have a step for all of the range, and say of which nothing was compared', () => {
    const strip = stripOf(
      [
        step(1, {}),
        step(2, { countedPoints: 3, latePoints: 1 }),
        step(3, { equal: 1 }),
        step(4, { equal: 1, countedPoints: 3 }),
        step(5, { countedPoints: 5 }),
      ],
      { start: MINUTE_MS - 1, end: 6.5 * MINUTE_MS },
      MINUTE_MS,
    );
    assert.deepEqual(
      strip.map(({ is }) => is),
      ['unknown', 'whole', 'late', 'differs', 'missing', 'differs', 'unknown'],
    );
    assert.equal(strip[1]?.start, MINUTE_MS);
  });
});

describe('what of the quality is looked at', () => {
  it('is in the address, and comes back from it', () => {
    const chosen = { start: '2026-01-02T03:04:00.000Z', metric: 'cpu', tags: { b: 'x=y', a: '' } };
    const query = new URLSearchParams({ window: '10s', slot: '60000', cause: 'late', metric: 'cpu' });
    for (const [name, value] of Object.entries(chosenQuery(chosen)))
      for (const one of [value ?? []].flat()) query.append(name, one);
    assert.deepEqual(stateOf(query), { window: '10s', slot: 60_000, cause: 'late', metric: 'cpu', chosen });
    assert.deepEqual(sortedTagTexts(chosen.tags), ['a=', 'b=x=y']);
  });

  it('takes times as ISO 8601, and nothing that it does not know', () => {
    const of = (text: string) => stateOf(new URLSearchParams(text));
    assert.equal(of('slot=1970-01-01T00:01:00Z').slot, 60_000);
    assert.deepEqual([of('slot=x').slot, of('cause=x').cause, of('start=x').chosen], [null, null, null]);
    assert.deepEqual(stepAt(125_000, 60_000), { start: 120_000, end: 180_000 });
  });
});

describe('figures of a window', () => {
  const figures = (sum: number) => ({
    ...{
      count: 2,
      sum,
      min: 1,
      max: 3,
      mean: 2,
      stddev: 1,
      first: 1,
      last: 3,
      increase: null,
      distinct: null,
    },
  });

  it('stand beside those that they should be; sums in another order are the same', () => {
    const rows = figureRows({ stream: figures(0.1 + 0.2), expected: figures(0.3), stored: null });
    assert.equal(rows.length, 8, 'without those that nobody has');
    assert.deepEqual(
      rows.filter(({ differs }) => differs),
      [],
    );
    const [, sum] = figureRows({ stream: figures(4), expected: figures(6), stored: figures(6) });
    assert.deepEqual(sum, { name: 'sum', stream: 4, expected: 6, stored: 6, differs: true });
    assert.ok(figureRows({ stream: null, expected: figures(1), stored: null })[0]?.differs);
  });

  it('are a file that no spreadsheet computes', () => {
    const one = {
      ...{ start: 's', end: null, metric: '=cmd()', tags: { a: '"' }, cause: 'late', detail: 'a, b' },
      ...{ storedPoints: 3, countedPoints: 2, latePoints: 1 },
    } as unknown as Differing;
    assert.equal(
      differencesCsv('10s', [one]).split('\r\n')[1],
      `10s,s,,'=cmd(),"{""a"":""\\""""}",late,"a, b",3,2,1`,
    );
  });
});
