import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  BehaviorSubject,
  from,
  type Observable,
  of,
  Subject,
  take,
  throwError,
  VirtualTimeScheduler,
} from 'rxjs';
import { count, tumblingWindow, type WindowBatch } from '../../../shared/operators/index.js';
import { BATCHES, COUNTING, closed, END, marbles, type Tick } from './marbles.js';

const TENS = { ...COUNTING, sizeMs: 10 };

function collect<R>(output: Observable<WindowBatch<Tick, R>>): WindowBatch<Tick, R>[] {
  const all: WindowBatch<Tick, R>[] = [];
  output.subscribe((batch) => all.push(batch));
  return all;
}

describe('tumblingWindow', () => {
  it('stays silent on a silent source', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Tick[]>('-');
      expectObservable(source.pipe(tumblingWindow(TENS))).toBe('-');
      expectSubscriptions(source.subscriptions).toBe('^');
    });
  });

  it('completes with an empty source', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Tick[]>('--|');
      expectObservable(source.pipe(tumblingWindow(TENS))).toBe('--|');
      expectSubscriptions(source.subscriptions).toBe('^-!');
    });
  });

  it('emits nothing for batches without records', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-n-n-|', BATCHES).pipe(tumblingWindow(TENS))).toBe('-----|');
    });
  });

  it('emits the window of a single record at the end', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-a-|', BATCHES).pipe(tumblingWindow(TENS))).toBe('---(p|)', {
        p: closed(['x', 0, 10, 1, END]),
      });
    });
  });

  it('emits no open window at the end with atEnd: discard', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-a-b-|', BATCHES).pipe(tumblingWindow({ ...TENS, atEnd: 'discard' }))).toBe(
        '---p-|',
        {
          p: closed(['x', 0, 10, 1, 11]),
        },
      );
    });
  });

  it('emits once for a batch that closes many windows, and not for one that closes none', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-a-m-c-i-|', BATCHES).pipe(tumblingWindow(TENS))).toBe('-----p-q-(r|)', {
        p: closed(['x', 0, 10, 3, 21], ['y', 0, 10, 1, 21]),
        q: closed(['x', 20, 30, 1, 81]),
        r: closed(['x', 80, 90, 1, END]),
      });
    });
  });

  it('keeps windows open for the grace', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-a-b-a-c-|', BATCHES).pipe(tumblingWindow({ ...TENS, graceMs: 5 }))).toBe(
        '-------p-(q|)',
        {
          p: closed(['x', 0, 10, 2, 16]),
          q: closed(['x', 10, 20, 1, END], ['x', 20, 30, 1, END]),
        },
      );
    });
  });

  it('reports late records', () => {
    const output = collect(of(BATCHES.c ?? [], BATCHES.a ?? []).pipe(tumblingWindow(TENS)));
    assert.deepEqual(output, [
      { windows: [], late: [{ record: { key: 'x', at: 1 }, missed: [0], watermark: 21 }], refused: [] },
      closed(['x', 20, 30, 1, END]),
    ]);
  });

  it('passes an error of the source on, without the open windows', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-a-b-#', BATCHES).pipe(tumblingWindow(TENS))).toBe('---p-#', {
        p: closed(['x', 0, 10, 1, 11]),
      });
    });
  });

  for (const broken of ['timestamp', 'key'] as const) {
    it(`makes an error of ${broken}() the stream's error and leaves the source`, () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('-a-b-|', BATCHES);
        const fail = () => {
          throw 'broken';
        };
        expectObservable(source.pipe(tumblingWindow({ ...TENS, [broken]: fail }))).toBe('-#', {}, 'broken');
        expectSubscriptions(source.subscriptions).toBe('^!');
      });
    });
  }

  it("makes an error of the aggregate the stream's error", () => {
    const aggregate = { ...count<Tick>(), result: () => assert.fail('no result') };
    const errors: unknown[] = [];
    from([BATCHES.a, BATCHES.b] as Tick[][])
      .pipe(tumblingWindow({ ...TENS, aggregate }))
      .subscribe({ error: (error: Error) => errors.push(error.message) });
    assert.deepEqual(errors, ['no result']);
  });

  it('refuses a timestamp that is no number', () => {
    const errors: unknown[] = [];
    of([{ key: 'x', at: Number.NaN }])
      .pipe(tumblingWindow(TENS))
      .subscribe({ error: (error: { code: string }) => errors.push(error.code) });
    assert.deepEqual(errors, ['TACTUS_TIMESTAMP_OUT_OF_RANGE']);
  });

  it('leaves no timer behind when unsubscribed', () => {
    const scheduler = new VirtualTimeScheduler();
    const watermark = { idleTimeoutMs: 1, scheduler };
    const subscription = new BehaviorSubject(BATCHES.a ?? [])
      .pipe(tumblingWindow({ ...TENS, watermark }))
      .subscribe();
    assert.equal(scheduler.actions.length, 1);
    subscription.unsubscribe();
    assert.equal(scheduler.actions.length, 0);
  });

  it('leaves the source when unsubscribed early', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-b-c-|', BATCHES);
      expectObservable(source.pipe(tumblingWindow(TENS)), '^---!').toBe('---p-', {
        p: closed(['x', 0, 10, 1, 11]),
      });
      expectSubscriptions(source.subscriptions).toBe('^---!');
    });
  });

  it('ends a source that never pauses as soon as enough was taken', () => {
    let made = 0;
    function* endless(): Generator<Tick[]> {
      for (;;) yield [{ key: 'x', at: 10 * made++ }];
    }
    const taken = collect(from(endless()).pipe(tumblingWindow(TENS), take(2)));
    assert.deepEqual([taken.length, made], [2, 3]);
  });

  it('gives each subscription windows of its own', () => {
    const output = of(BATCHES.a ?? []).pipe(tumblingWindow(TENS));
    assert.deepEqual(collect(output), collect(output));
  });

  it('refuses new keys beyond the limit until others are done with', () => {
    const batch = (at: number) => ['x', 'y', 'z'].map((key) => ({ key, at }));
    const output = collect(of(batch(1), batch(11)).pipe(tumblingWindow({ ...TENS, maxKeys: 2 })));
    assert.deepEqual(
      output.map(({ windows, refused }) => [windows.map(({ key }) => key), refused.map(({ key }) => key)]),
      [
        [[], ['z']],
        [['x', 'y'], ['z']],
        [['x', 'y'], []],
      ],
    );
    const others = collect(
      of(batch(1).slice(0, 2), [{ key: 'q', at: 15 }]).pipe(tumblingWindow({ ...TENS, maxKeys: 2 })),
    );
    assert.deepEqual(
      others.map(({ refused }) => refused),
      [[], []],
      'x and y are closed when q comes',
    );
  });

  it('refuses options that are not allowed, by name', () => {
    for (const [option, value] of [
      ['sizeMs', 0],
      ['graceMs', -1],
      ['maxKeys', 0.5],
    ] as const) {
      assert.throws(
        () => tumblingWindow({ ...TENS, [option]: value }),
        (error: Error & { code: string }) => {
          assert.equal(error.code, 'TACTUS_CONFIG_INVALID');
          return error.message.startsWith(`${option} is ${value}`);
        },
      );
    }
  });
});

describe('watermark', () => {
  const idle = { ...TENS, watermark: { idleTimeoutMs: 3 } };

  it('moves with the clock when nothing has arrived for the time-out', () => {
    marbles(({ cold, expectObservable }) => {
      // The window [0, 10) ends at 10 by the clock, and the one of a record at 11 at 20.
      expectObservable(cold('-a----------b-- 20ms -', BATCHES).pipe(tumblingWindow(idle))).toBe(
        '10ms p 9ms q',
        { p: closed(['x', 0, 10, 1, 10]), q: closed(['x', 10, 20, 1, 20]) },
      );
    });
  });

  it('waits out the time-out even if a window has long ended by the clock', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('30ms a--a---- 20ms -', BATCHES).pipe(tumblingWindow(idle))).toBe('36ms p', {
        p: closed(['x', 0, 10, 2, 36]),
      });
    });
  });

  it('counts timestamps no further than the clock', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-i-a|', BATCHES).pipe(tumblingWindow(idle))).toBe('----(p|)', {
        p: closed(['x', 0, 10, 1, END], ['x', 80, 90, 1, END]),
      });
    });
  });

  it('follows an observable alone, and never goes back', () => {
    const [source, watermark] = [new Subject<Tick[]>(), new Subject<number>()];
    const output = collect(source.pipe(tumblingWindow({ ...TENS, graceMs: 1_000, watermark })));
    source.next([...'aic'].flatMap((name) => BATCHES[name] ?? []));
    assert.deepEqual(output, []);
    watermark.next(10);
    assert.deepEqual(output.splice(0), [closed(['x', 0, 10, 1, 10])]);
    watermark.next(5);
    source.next(BATCHES.a ?? []);
    const late = [{ record: { key: 'x', at: 1 }, missed: [0], watermark: 10 }];
    assert.deepEqual(output.splice(0), [{ windows: [], late, refused: [] }]);
    watermark.complete();
    source.complete();
    assert.deepEqual(output, [closed(['x', 20, 30, 1, END], ['x', 80, 90, 1, END])]);
  });

  it('fails with its observable', () => {
    const watermark = throwError(() => 'lost');
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-|', BATCHES);
      expectObservable(source.pipe(tumblingWindow({ ...TENS, watermark }))).toBe('#', {}, 'lost');
      expectSubscriptions(source.subscriptions).toBe([]);
    });
  });
});
