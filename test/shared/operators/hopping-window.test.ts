import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { of } from 'rxjs';
import { hoppingWindow } from '../../../shared/operators/index.js';
import { BATCHES, COUNTING, closed, END, marbles, type Tick } from './marbles.js';

const TWENTIES = { ...COUNTING, sizeMs: 20, advanceMs: 10 };

describe('hoppingWindow', () => {
  it('stays silent on a silent source', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold<Tick[]>('-').pipe(hoppingWindow(TWENTIES))).toBe('-');
    });
  });

  it('completes with an empty source', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold<Tick[]>('-|').pipe(hoppingWindow(TWENTIES))).toBe('-|');
    });
  });

  it('emits each window around a single record', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-a-|', BATCHES).pipe(hoppingWindow(TWENTIES))).toBe('---(p|)', {
        p: closed(['x', -10, 10, 1, END], ['x', 0, 20, 1, END]),
      });
    });
  });

  it('counts a record in all of its windows, which close one by one', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-m-b-c-|', BATCHES).pipe(hoppingWindow(TWENTIES))).toBe('---p-q-(r|)', {
        p: closed(['x', -10, 10, 2, 11], ['y', -10, 10, 1, 11]),
        q: closed(['x', 0, 20, 3, 21], ['y', 0, 20, 1, 21]),
        r: closed(['x', 10, 30, 2, END], ['x', 20, 40, 1, END]),
      });
    });
  });

  it('counts a late record in the windows that are still open and names the others', () => {
    const output: unknown[] = [];
    of(BATCHES.b ?? [], BATCHES.a ?? [])
      .pipe(hoppingWindow(TWENTIES))
      .subscribe((batch) => output.push(batch));
    assert.deepEqual(output, [
      { windows: [], late: [{ record: { key: 'x', at: 1 }, missed: [-10], watermark: 11 }], refused: [] },
      closed(['x', 0, 20, 2, END], ['x', 10, 30, 1, END]),
    ]);
  });

  it('passes an error of the source on', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-a-#', BATCHES).pipe(hoppingWindow(TWENTIES))).toBe('---#');
    });
  });

  it('leaves the source when unsubscribed early', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-c-|', BATCHES);
      expectObservable(source.pipe(hoppingWindow(TWENTIES)), '^-!').toBe('---');
      expectSubscriptions(source.subscriptions).toBe('^-!');
    });
  });

  it('updates one accumulator for a record, not one for each of its windows', () => {
    let added = 0;
    const aggregate = {
      ...COUNTING.aggregate,
      add: (acc: number) => {
        added += 1;
        return acc + 1;
      },
    };
    const sixty = { ...COUNTING, aggregate, sizeMs: 60, advanceMs: 10 };
    const counts: number[] = [];
    of(BATCHES.m ?? [])
      .pipe(hoppingWindow(sixty))
      .subscribe(({ windows }) => counts.push(...windows.map(({ result }) => result)));
    assert.equal(added, 3);
    assert.deepEqual(counts, [2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]);
  });

  it('refuses a record too far from all others to have room for its pane', () => {
    const far = Array.from({ length: 10_001 }, (_, i) => ({ key: 'x', at: -10 * i }));
    const refused: Tick[] = [];
    of(far)
      .pipe(hoppingWindow({ ...TWENTIES, graceMs: 1e9 }))
      .subscribe((batch) => refused.push(...batch.refused));
    assert.deepEqual(refused, [{ key: 'x', at: -100_000 }]);
  });

  it('refuses an advance that is no divisor of the size', () => {
    assert.throws(() => hoppingWindow({ ...TWENTIES, advanceMs: 15 }), {
      code: 'TACTUS_CONFIG_INVALID',
      message: 'advanceMs is 15; allowed is a divisor of sizeMs, which is 20',
    });
  });
});
