import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { of } from 'rxjs';
import { sessionWindow } from '../../../shared/operators/index.js';
import { BATCHES, COUNTING, closed, END, marbles, type Tick } from './marbles.js';

/** `a` and `b` are of one session, `a` and `c` are not. */
const SESSIONS = { ...COUNTING, gapMs: 15 };

describe('sessionWindow', () => {
  it('stays silent on a silent source', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold<Tick[]>('-').pipe(sessionWindow(SESSIONS))).toBe('-');
    });
  });

  it('completes with an empty source', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold<Tick[]>('-|').pipe(sessionWindow(SESSIONS))).toBe('-|');
    });
  });

  it('emits the session of a single record', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-a-|', BATCHES).pipe(sessionWindow(SESSIONS))).toBe('---(p|)', {
        p: closed(['x', 1, 16, 1, END]),
      });
    });
  });

  it('emits a session when the watermark is a gap behind its last record', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-m-a-b-e-|', BATCHES).pipe(sessionWindow({ ...SESSIONS, graceMs: 10 }))).toBe(
        '-------p-(q|)',
        {
          p: closed(['y', 3, 18, 1, 31], ['x', 1, 26, 4, 31]),
          q: closed(['x', 41, 56, 1, END]),
        },
      );
    });
  });

  it('makes one of two sessions that a record joins', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-a-c-b-|', BATCHES).pipe(sessionWindow({ ...SESSIONS, graceMs: 20 }))).toBe(
        '-------(p|)',
        { p: closed(['x', 1, 36, 3, END]) },
      );
    });
  });

  it('closes the last session by the clock', () => {
    marbles(({ cold, expectObservable }) => {
      const watermark = { idleTimeoutMs: 5 };
      expectObservable(cold('-a 40ms -', BATCHES).pipe(sessionWindow({ ...SESSIONS, watermark }))).toBe(
        '16ms p',
        {
          p: closed(['x', 1, 16, 1, 16]),
        },
      );
    });
  });

  it('emits a session that does not pause in pieces', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(
        cold('-a-b-c-d-e-f-g-|', BATCHES).pipe(sessionWindow({ ...SESSIONS, maxMs: 30 })),
      ).toBe('---------p-----(q|)', {
        p: closed(['x', 1, 30, 3, 41]),
        q: closed(['x', 31, 60, 3, END], ['x', 61, 76, 1, END]),
      });
    });
  });

  it('reports late records', () => {
    const output: unknown[] = [];
    of(BATCHES.e ?? [], BATCHES.a ?? [])
      .pipe(sessionWindow(SESSIONS))
      .subscribe((batch) => output.push(batch));
    assert.deepEqual(output, [
      { windows: [], late: [{ record: { key: 'x', at: 1 }, missed: [1], watermark: 41 }], refused: [] },
      closed(['x', 41, 56, 1, END]),
    ]);
  });

  it('refuses new sessions beyond the limit', () => {
    const refused: Tick[] = [];
    of(BATCHES.m ?? [])
      .pipe(sessionWindow({ ...SESSIONS, maxKeys: 1 }))
      .subscribe((batch) => refused.push(...batch.refused));
    assert.deepEqual(refused, [{ key: 'y', at: 3 }]);
  });

  it('passes an error of the source on', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-a-#', BATCHES).pipe(sessionWindow(SESSIONS))).toBe('---#');
    });
  });

  it('leaves the source when unsubscribed early', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-e-|', BATCHES);
      expectObservable(source.pipe(sessionWindow(SESSIONS)), '^--!').toBe('---');
      expectSubscriptions(source.subscriptions).toBe('^--!');
    });
  });

  it('refuses a longest session of less than two gaps', () => {
    assert.throws(() => sessionWindow({ ...SESSIONS, maxMs: 29 }), {
      code: 'TACTUS_CONFIG_INVALID',
      message: 'maxMs is 29; allowed is a whole number of at least 30',
    });
  });
});
