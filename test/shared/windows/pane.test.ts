import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CELL, COUNT, LAST, sumOf } from '../../../shared/windows/cells.js';
import { ClosedRows, mergePanes, Pane } from '../../../shared/windows/rows.js';

type Action = 'trim' | 'reset' | readonly number[];

const groupNumbers = fc.oneof(fc.nat(40), fc.nat(500), fc.nat(20_000));
const actions = fc.array(
  fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom<Action>('trim', 'reset') },
    { weight: 3, arbitrary: fc.array(groupNumbers, { maxLength: 60 }) },
    // A run of groups makes a pane dense.
    { weight: 2, arbitrary: fc.nat(300).map((length) => Array.from({ length }, (_, group) => group)) },
  ),
  { maxLength: 12 },
);

/** By group what was added since the last reset. */
type Model = Map<number, number[]>;

function play(pane: Pane, played: readonly Action[], first: number): Model {
  const model: Model = new Map();
  let value = first;
  for (const action of played) {
    if (action === 'trim') pane.trim();
    else if (action === 'reset') {
      pane.reset(0, 0);
      model.clear();
    } else
      for (const group of action) {
        value += 1;
        pane.add(group, value, value);
        model.set(group, [...(model.get(group) ?? []), value]);
      }
  }
  return model;
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe('Pane', () => {
  it('holds what was added since it was last used, whether it is dense or sparse', () => {
    fc.assert(
      fc.property(actions, (played) => {
        const pane = new Pane();
        const model = play(pane, played, 0);
        const groups: number[] = [];
        pane.eachGroup((group) => groups.push(group));
        assert.deepEqual(
          groups.sort((a, b) => a - b),
          [...model.keys()].sort((a, b) => a - b),
        );
        assert.equal(pane.size, model.size);
        for (const [group, values] of model) {
          const at = pane.placeOf(group);
          assert.equal(pane.cells[at + COUNT], values.length);
          assert.equal(sumOf(pane.cells, at), sum(values));
          assert.equal(pane.cells[at + LAST], values.at(-1));
        }
        for (const group of [0, 31, 32, 301, 20_001]) assert.equal(pane.has(group), model.has(group));
      }),
    );
  });

  it('merges dense and sparse panes', () => {
    fc.assert(
      fc.property(fc.array(actions, { maxLength: 4 }), (all) => {
        const panes: Pane[] = [];
        const models = all.map((played, i) => {
          const pane = new Pane();
          panes.push(pane);
          return play(pane, played, i * 100_000);
        });
        const rows = new ClosedRows();
        // Twice: the first leaves nothing behind.
        for (let i = 0; i < 2; i++) {
          rows.clear();
          mergePanes(panes, rows);
        }
        const found = [...rows.groups.subarray(0, rows.length)].map((group, row) => [
          group,
          rows.cells[row * CELL + COUNT],
          sumOf(rows.cells, row * CELL),
        ]);
        const expected = [...new Set(models.flatMap((model) => [...model.keys()]))]
          .sort((a, b) => a - b)
          .map((group) => {
            const values = models.flatMap((model) => model.get(group) ?? []);
            return [group, values.length, sum(values)];
          });
        assert.deepEqual(found, expected);
      }),
    );
  });

  it('takes memory for the groups with points, not for those with lower numbers', () => {
    const pane = new Pane();
    for (let i = 0; i < 100; i++) pane.add(i * 2_000, 1, 1);
    assert.ok(pane.bytes < 100 * 300, `${pane.bytes} bytes`);
    const dense = new Pane();
    for (let group = 0; group < 10_000; group++) dense.add(group, 1, 1);
    assert.ok(dense.bytes < 10_000 * 200, `${dense.bytes} bytes for 10,000 groups`);
    dense.add(1_000_000, 1, 1);
    assert.ok(dense.bytes < 10_000 * 250, `${dense.bytes} bytes after one group far above`);
  });

  it('gives memory back that it has no use for any more', () => {
    const pane = new Pane();
    for (let group = 0; group < 10_000; group++) pane.add(group, 1, 1);
    pane.reset(0, 0);
    pane.add(9_999, 7, 1);
    pane.trim();
    assert.ok(pane.bytes < 2_000, `${pane.bytes} bytes`);
    assert.equal(pane.cells[pane.placeOf(9_999) + LAST], 7);
  });
});
