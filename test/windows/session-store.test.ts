import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Missed } from '../../shared/windows/pane-store.js';
import type { Fold } from '../../shared/windows/session.js';
import { SessionStore, type SessionWindow } from '../../shared/windows/session-store.js';
import { StreamTime, type StreamTimeSnapshot } from '../../shared/windows/stream-time.js';

interface Arrival {
  readonly group: number;
  readonly at: number;
  /** Wall clock of the arrival, which caps the stream's time. */
  readonly wall: number;
}

type Store = SessionStore<number, number[], SessionWindow>;

/** Keeps all offsets, so that every record can be traced. */
const OFFSETS: Fold<number, number[]> = {
  create: () => [],
  add: (into, offset) => [...into, offset],
  merge: (into, from) => [...into, ...from],
};

const SHAPE: SessionWindow = { name: 's', gapMs: 10, graceMs: 0, maxMs: 1_000 };
const shapes = fc
  .record({
    gapMs: fc.integer({ min: 1, max: 20 }),
    graceMs: fc.integer({ min: 0, max: 20 }),
    longer: fc.integer({ min: 0, max: 40 }),
  })
  .map(
    ({ gapMs, graceMs, longer }): SessionWindow => ({ name: 's', gapMs, graceMs, maxMs: 2 * gapMs + longer }),
  );
/** Steps in time with these pauses, some points back in time and some from the future. */
function logsWith(pauses: readonly number[]): fc.Arbitrary<Arrival[]> {
  const steps = fc.record({
    step: fc.integer({ min: 0, max: 8 }),
    pause: fc.constantFrom(...pauses),
    back: fc.constantFrom(0, 0, 0, 3, 9, 25, 60),
    ahead: fc.constantFrom(0, 0, 0, 0, 0, 0, 30),
    group: fc.constantFrom(0, 0, 0, 1),
  });
  return fc.array(steps, { maxLength: 120, size: 'max' }).map((all) => {
    let now = 0;
    return all.map(({ step, pause, back, ahead, group }): Arrival => {
      now += step + pause;
      return { group, at: now - back + ahead, wall: now };
    });
  });
}
/** Sessions with pauses between them, and ones that hardly ever end. */
const logs = fc.oneof(logsWith([0, 0, 0, 0, 0, 15, 40]), logsWith([0]));

function storeOf(shape: SessionWindow, maxSessions = 1_000): Store {
  return new SessionStore(shape, maxSessions, OFFSETS);
}

/** Feeds a log as the windowing stage does; says what came out while `live`. */
class Run {
  readonly store: Store;
  readonly time: StreamTime;
  readonly out: string[] = [];
  readonly late = new Set<number>();

  constructor(shape: SessionWindow, saved?: StreamTimeSnapshot) {
    this.store = storeOf(shape);
    this.time = new StreamTime(saved);
  }

  feed(log: readonly Arrival[], from: number, to: number, live = true): void {
    for (let offset = from; offset < to; offset++) {
      const { group, at, wall } = log[offset] as Arrival;
      this.time.observe(at, wall);
      if (this.store.closes(this.time.time)) this.close(this.time.time, live);
      const missed: Missed[] = [];
      assert.equal(this.store.add(group, offset, at, offset, this.time.time, missed), 'counted');
      if (missed.length > 0 && live) this.late.add(offset);
    }
  }

  close(time: number, live = true): void {
    this.store.close(time, (_, group, start, end, watermark, offsets) => {
      assert.ok(watermark >= end);
      if (live) this.out.push(show(group, start, end, offsets));
    });
  }
}

function show(group: number, start: number, end: number, offsets: readonly number[]): string {
  return `${group} [${start},${end}) ${[...offsets].sort((a, b) => a - b)}`;
}

/** Sessions by the book: sort, split at pauses, cut what is too long at multiples of the longest. */
function expected({ gapMs, maxMs }: SessionWindow, log: readonly Arrival[], late: ReadonlySet<number>) {
  const sessions: string[] = [];
  for (const group of [0, 1]) {
    const records = log
      .map((each, offset) => ({ ...each, offset }))
      .filter((each) => each.group === group && !late.has(each.offset))
      .sort((a, b) => a.at - b.at);
    const runs: (typeof records)[] = [];
    for (const record of records) {
      const last = runs.at(-1)?.at(-1);
      if (last !== undefined && record.at < last.at + gapMs) runs.at(-1)?.push(record);
      else runs.push([record]);
    }
    for (const run of runs) {
      const [start, last] = [run[0]?.at ?? 0, run.at(-1)?.at ?? 0];
      if (last - start < maxMs) {
        sessions.push(
          show(
            group,
            start,
            last + gapMs,
            run.map(({ offset }) => offset),
          ),
        );
        continue;
      }
      for (const cell of new Set(run.map(({ at }) => Math.floor(at / maxMs)))) {
        const piece = run.filter(({ at }) => Math.floor(at / maxMs) === cell);
        const end = Math.min((piece.at(-1)?.at ?? 0) + gapMs, (cell + 1) * maxMs);
        sessions.push(
          show(
            group,
            piece[0]?.at ?? 0,
            end,
            piece.map(({ offset }) => offset),
          ),
        );
      }
    }
  }
  return sessions.sort();
}

describe('SessionStore', () => {
  it('emits the sessions of all records that were not late, each once', () => {
    fc.assert(
      fc.property(shapes, logs, (shape, log) => {
        const run = new Run(shape);
        run.feed(log, 0, log.length);
        run.close(Number.POSITIVE_INFINITY);
        assert.deepEqual([...run.out].sort(), expected(shape, log, run.late));
        assert.equal(run.store.size, 0);
        assert.equal(run.store.oldestOffset, Number.POSITIVE_INFINITY);
        assert.equal(run.store.closesAt, Number.POSITIVE_INFINITY);
      }),
      { numRuns: 500 },
    );
  });

  it('gives the same sessions for any order within the grace', () => {
    fc.assert(
      fc.property(
        shapes,
        fc.array(fc.record({ step: fc.integer({ min: 0, max: 12 }), delay: fc.nat(), group: fc.nat(1) }), {
          maxLength: 100,
          size: 'max',
        }),
        (shape, steps) => {
          let at = 0;
          const log = steps.map(({ step, delay, group }, id) => {
            at += step;
            return { group, at, wall: 1e9, id, arrival: at + (delay % (shape.graceMs + 1)) };
          });
          const shuffled = [...log].sort((a, b) => a.arrival - b.arrival);
          const run = new Run(shape);
          run.feed(shuffled, 0, shuffled.length);
          run.close(Number.POSITIVE_INFINITY);
          assert.equal(run.late.size, 0);
          assert.deepEqual([...run.out].sort(), expected(shape, shuffled, new Set()));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('goes on after a replay from its oldest offset as if nothing had happened', () => {
    fc.assert(
      fc.property(shapes, logs, fc.nat(), fc.nat(), (shape, log, cutAt, earlier) => {
        const next = cutAt % (log.length + 1);
        const whole = new Run(shape);
        const times: StreamTimeSnapshot[] = [];
        for (let i = 0; i < next; i++) {
          times.push(whole.time.snapshot());
          whole.feed(log, i, i + 1);
        }
        const before = { out: whole.out.length, late: whole.late.size };
        const needed = Math.min(next, whole.store.oldestOffset);
        const start = Math.max(0, needed - (earlier % 5));
        const again = new Run(shape, times[start] ?? whole.time.snapshot());
        again.feed(log, start, next, false);
        for (const run of [whole, again]) {
          run.feed(log, next, log.length);
          run.close(Number.POSITIVE_INFINITY);
        }
        assert.deepEqual([...again.out].sort(), whole.out.slice(before.out).sort());
        assert.deepEqual([...again.late], [...whole.late].slice(before.late));
      }),
      { numRuns: 2_000 },
    );
  });

  it('never needs records older than twice the longest session, two gaps and the grace', () => {
    fc.assert(
      fc.property(
        shapes,
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 50, maxLength: 300, size: 'max' }),
        (shape, steps) => {
          const run = new Run(shape);
          let at = 0;
          const log: Arrival[] = [];
          for (const step of steps) {
            at += step % shape.gapMs;
            log.push({ group: 0, at, wall: at });
            run.feed(log, log.length - 1, log.length);
            const oldest = log[run.store.oldestOffset]?.at ?? at;
            assert.ok(at - oldest <= 2 * shape.maxMs + 2 * shape.gapMs + shape.graceMs);
          }
        },
      ),
    );
  });

  it('says exactly when there is something to close', () => {
    const run = new Run(SHAPE);
    run.feed([{ group: 0, at: 5, wall: 5 }], 0, 1);
    assert.deepEqual([run.store.closesAt, run.store.closes(14), run.store.closes(15)], [15, false, true]);
    run.close(14);
    assert.deepEqual(run.out, []);
    run.close(15);
    assert.deepEqual(run.out, ['0 [5,15) 0']);
  });

  it('takes a record behind the watermark into the open session that it lies in, and no other', () => {
    const log = [0, 100, 106, 3, 104, 112, 95].map((at, i) => ({ group: i === 3 ? 1 : 0, at, wall: 110 }));
    const run = new Run(SHAPE);
    run.feed(log, 0, log.length);
    assert.deepEqual([...run.late], [3, 6]);
    assert.deepEqual(run.out, ['0 [0,10) 0']);
    run.close(1_000);
    assert.deepEqual(run.out[1], '0 [100,122) 1,2,4,5');
  });

  it('refuses new sessions beyond the limit, and goes on with the open ones', () => {
    const store = storeOf(SHAPE, 1);
    const add = (group: number, at: number) => store.add(group, 0, at, 0, 0, []);
    assert.deepEqual([add(0, 1), add(1, 1), add(0, 30), add(0, 5)], ['counted', 'full', 'full', 'counted']);
    assert.equal(store.size, 1);
  });

  it('names the groups whose numbers are in use', () => {
    const run = new Run(SHAPE);
    const groups = () => {
      const found: number[] = [];
      run.store.eachGroup((group) => found.push(group));
      return found;
    };
    run.feed([{ group: 3, at: 5, wall: 5 }], 0, 1);
    assert.deepEqual(groups(), [3]);
    run.close(15);
    assert.deepEqual(groups(), []);
  });
});
