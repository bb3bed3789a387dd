import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { from, type OperatorFunction } from 'rxjs';
import {
  type Aggregate,
  hoppingWindow,
  sessionWindow,
  type WindowBatch,
  type WindowOptions,
} from '../../../shared/operators/index.js';

interface Item {
  readonly id: number;
  readonly key: string;
  readonly at: number;
}

const GRACE = 15;
const SIZE = 30;
const ADVANCE = 10;
const GAP = 12;
/** Remembers which records a window has seen. */
const seen: Aggregate<Item, readonly number[], string> = {
  create: () => [],
  add: (ids, { id }) => [...ids, id],
  merge: (a, b) => [...a, ...b],
  result: (ids) => [...ids].sort((a, b) => a - b).join(),
};
const COMMON: WindowOptions<Item, readonly number[], string> = {
  timestamp: ({ at }) => at,
  key: ({ key }) => key,
  aggregate: seen,
  graceMs: GRACE,
};
type Windows = OperatorFunction<Iterable<Item>, WindowBatch<Item, string>>;
type Limits = Partial<WindowOptions<Item, readonly number[], string>>;
const OPERATORS: Readonly<Record<string, (limits?: Limits) => Windows>> = {
  hoppingWindow: (limits) => hoppingWindow({ ...COMMON, ...limits, sizeMs: SIZE, advanceMs: ADVANCE }),
  sessionWindow: (limits) => sessionWindow({ ...COMMON, ...limits, gapMs: GAP, maxMs: 60 }),
};

/** In order of arrival; a delay up to the grace loses nothing. */
function streams(maxDelay: number): fc.Arbitrary<Item[]> {
  const step = fc.record({
    step: fc.integer({ min: 0, max: 25 }),
    delay: fc.integer({ min: 0, max: maxDelay }),
    key: fc.constantFrom('a', 'b', 'c'),
  });
  return fc.array(step, { maxLength: 80, size: 'max' }).map((steps) => {
    let at = 0;
    return steps
      .map(({ step: forward, delay, key }, id) => {
        at += forward;
        return { id, key, at, arrival: at + delay };
      })
      .sort((a, b) => a.arrival - b.arrival)
      .map(({ id, key, at: time }) => ({ id, key, at: time }));
  });
}

function run(batches: readonly (readonly Item[])[], operator: Windows): WindowBatch<Item, string>[] {
  const output: WindowBatch<Item, string>[] = [];
  from(batches)
    .pipe(operator)
    .subscribe((batch) => output.push(batch));
  return output;
}

function cut(items: readonly Item[], sizes: readonly number[]): Item[][] {
  const batches: Item[][] = [];
  for (let at = 0, i = 0; at < items.length; i++) {
    const size = sizes.length === 0 ? 1 : (sizes[i % sizes.length] as number);
    batches.push(items.slice(at, at + size));
    at += size;
  }
  return batches;
}

function show(output: readonly WindowBatch<Item, string>[]): string[] {
  return output.flatMap(({ windows }) =>
    windows.map(({ key, start, end, result }) => `${key} [${start},${end}) ${result}`),
  );
}

/** Windows of size and advance by definition. */
function hopping(items: readonly Item[]): string[] {
  const windows = new Map<string, number[]>();
  for (const { id, key, at } of items) {
    for (let start = Math.floor(at / ADVANCE) * ADVANCE; start > at - SIZE; start -= ADVANCE) {
      const name = `${key} [${start},${start + SIZE})`;
      windows.set(name, [...(windows.get(name) ?? []), id]);
    }
  }
  return [...windows].map(([name, ids]) => `${name} ${ids.sort((a, b) => a - b).join()}`).sort();
}

describe('window operators', () => {
  for (const [name, operator] of Object.entries(OPERATORS)) {
    it(`${name} gives the same windows for any order within the grace`, () => {
      fc.assert(
        fc.property(streams(GRACE), (items) => {
          const output = run([items], operator());
          const inOrder = [...items].sort((a, b) => a.at - b.at || a.id - b.id);
          assert.deepEqual(show(output).sort(), show(run([inOrder], operator())).sort());
          assert.ok(output.every(({ late }) => late.length === 0));
          if (name === 'hoppingWindow') assert.deepEqual(show(output).sort(), hopping(items));
        }),
      );
    });

    it(`${name} gives the same windows, late and refused records whatever the batch boundaries`, () => {
      const sizes = fc.array(fc.integer({ min: 1, max: 20 }));
      fc.assert(
        fc.property(streams(60), sizes, fc.integer({ min: 1, max: 4 }), (items, all, maxKeys) => {
          const whole = run([items], operator({ maxKeys }));
          const batches = cut(items, all);
          const pieces = run(batches, operator({ maxKeys }));
          const flat = (output: typeof whole) => ({
            windows: output.flatMap(({ windows }) => windows),
            late: output.flatMap(({ late }) => late),
            refused: output.flatMap(({ refused }) => refused),
          });
          assert.deepEqual(flat(pieces), flat(whole));
          assert.ok(pieces.length <= batches.length + 1, 'more than one emission for a batch');
          assert.ok(
            pieces.every(({ windows, late, refused }) => windows.length + late.length + refused.length > 0),
          );
        }),
      );
    });

    it(`${name} never moves its watermark back, and closes no window before it`, () => {
      fc.assert(
        fc.property(streams(60), (items) => {
          let watermark = Number.NEGATIVE_INFINITY;
          for (const { windows, late } of run(cut(items, []), operator())) {
            for (const window of windows) assert.ok(window.watermark >= window.end);
            for (const now of [...windows, ...late].map((each) => each.watermark)) {
              assert.ok(now >= watermark);
              watermark = now;
            }
          }
        }),
      );
    });

    it(`${name} counts or reports every record`, () => {
      fc.assert(
        fc.property(streams(60), fc.integer({ min: 1, max: 3 }), (items, maxKeys) => {
          const output = run([items], operator({ maxKeys }));
          const ids = new Set(
            output.flatMap(({ windows, late, refused }) => [
              ...windows.flatMap(({ result }) => result.split(',').map(Number)),
              ...late.map(({ record }) => record.id),
              ...refused.map(({ id }) => id),
            ]),
          );
          assert.equal(ids.size, items.length);
        }),
      );
    });
  }
});
