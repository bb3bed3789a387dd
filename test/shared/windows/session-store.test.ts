import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { limitOf } from '../../../shared/windows/group-limits.js';
import type { Missed } from '../../../shared/windows/pane-store.js';
import type { StreamTimeSnapshot } from '../../../shared/windows/position.js';
import type { Fold } from '../../../shared/windows/session.js';
import type { HeldGroup } from '../../../shared/windows/session-groups.js';
import { SessionStore, type SessionWindow } from '../../../shared/windows/session-store.js';
import { StreamTime } from '../../../shared/windows/stream-time.js';

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
/** The same of more groups, and with pauses after which they are forgotten. */
const crowds = fc
  .oneof(logsWith([0, 0, 0, 0, 15, 40]), logsWith([0]), logsWith([0, 0, 0, 0, 0, 0, 0, 60, 120]))
  .map((log) => log.map((each, i) => ({ ...each, group: (each.group + i * i) % 4 })));

function storeOf(shape: SessionWindow, maxSessions = 1_000): Store {
  return new SessionStore(shape, limitOf(maxSessions), OFFSETS);
}

/** Feeds a log as the windowing stage does; says what came out. */
class Run {
  readonly store: Store;
  readonly time: StreamTime;
  readonly held = new Map<number, HeldGroup>();
  readonly out: string[] = [];
  /** Latest end that went out, by group. */
  readonly ends = new Map<number, number>();
  readonly late = new Set<number>();
  readonly refused = new Set<number>();

  constructor(shape: SessionWindow, maxGroups = 1_000, saved?: StreamTimeSnapshot) {
    this.store = new SessionStore(shape, limitOf(maxGroups), OFFSETS, (group, held) => {
      if (held === null) this.held.delete(group);
      else this.held.set(group, { since: held.since, closed: held.closed });
    });
    this.time = new StreamTime(saved);
  }

  feed(log: readonly Arrival[], from: number, to: number): void {
    for (let offset = from; offset < to; offset++) {
      const { group, at, wall } = log[offset] as Arrival;
      this.time.observe(at, wall);
      if (this.store.closes(this.time.time)) this.close(this.time.time);
      const missed: Missed[] = [];
      const outcome = this.store.add(group, { value: offset, at, offset, time: this.time.time }, missed);
      if (outcome === 'full') this.refused.add(offset);
      if (missed.length > 0) this.late.add(offset);
    }
  }

  close(time: number): void {
    this.store.close(time, (_, group, start, end, watermark, offsets) => {
      assert.ok(watermark >= end);
      this.ends.set(group, Math.max(end, this.ends.get(group) ?? Number.NEGATIVE_INFINITY));
      this.out.push(show(group, start, end, offsets));
    });
  }
}

function show(group: number, start: number, end: number, offsets: readonly number[]): string {
  return `${group} [${start},${end}) ${[...offsets].sort((a, b) => a - b)}`;
}

interface Placed extends Arrival {
  readonly offset: number;
}

/** Sorted, and split at pauses. */
function runsOf(gapMs: number, records: readonly Placed[]): Placed[][] {
  const runs: Placed[][] = [];
  for (const record of [...records].sort((a, b) => a.at - b.at)) {
    const last = runs.at(-1)?.at(-1);
    if (last !== undefined && record.at < last.at + gapMs) runs.at(-1)?.push(record);
    else runs.push([record]);
  }
  return runs;
}

/** Sessions by definition; what is too long is cut at the next multiple of the longest, again and again. */
function expected(
  { gapMs, maxMs }: SessionWindow,
  log: readonly Arrival[],
  without: ReadonlySet<number>,
): string[] {
  const sessions: string[] = [];
  for (const group of new Set(log.map((each) => each.group))) {
    const records = log
      .map((each, offset) => ({ ...each, offset }))
      .filter((each) => each.group === group && !without.has(each.offset));
    const runs = runsOf(gapMs, records);
    for (let run = runs.shift(); run !== undefined; run = runs.shift()) {
      const [start, last] = [run[0]?.at ?? 0, run.at(-1)?.at ?? 0];
      const cut = (Math.floor(start / maxMs) + 1) * maxMs;
      const long = last - start >= maxMs;
      const part = long ? run.filter(({ at }) => at < cut) : run;
      if (long) runs.unshift(run.filter(({ at }) => at >= cut));
      const offsets = part.map(({ offset }) => offset);
      sessions.push(show(group, start, long ? cut : last + gapMs, offsets));
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
        assert.deepEqual([run.store.size, run.store.groups], [0, 0]);
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

  it('calls a record late exactly when the session that it would form or join is closed', () => {
    const shape = shapes.map((each) => ({ ...each, maxMs: 1_000_000 }));
    fc.assert(
      fc.property(shape, logs, (shape, log) => {
        const run = new Run(shape);
        const lateBefore = new Map<number, number>();
        log.forEach(({ group, at }, offset) => {
          const accepted = log
            .slice(0, offset + 1)
            .map((each, i) => ({ ...each, offset: i }))
            .filter((each) => each.group === group && !run.late.has(each.offset));
          run.feed(log, offset, offset + 1);
          const own = runsOf(shape.gapMs, accepted).find((each) => each.some((r) => r.offset === offset));
          const end = (own?.at(-1)?.at ?? 0) + shape.gapMs;
          const closed = end <= run.time.time - shape.graceMs || at < (run.ends.get(group) ?? at);
          // One that is late closes the time before it for its series, once that has been held.
          const before = at < (lateBefore.get(group) ?? at);
          assert.equal(run.late.has(offset), closed || before);
          if (run.late.has(offset) && run.held.has(group))
            lateBefore.set(group, Math.max(at + 1, lateBefore.get(group) ?? at));
        });
      }),
      { numRuns: 500 },
    );
  });

  it('goes on after a replay from its oldest offset as if nothing had happened', () => {
    fc.assert(
      fc.property(
        shapes,
        fc.constantFrom(1, 2, 1_000),
        crowds,
        fc.nat(),
        fc.nat(),
        fc.array(fc.nat(40)),
        (...all) => {
          const [shape, maxGroups, log, cutAt, earlier, idle] = all;
          const next = cutAt % (log.length + 1);
          const whole = new Run(shape, maxGroups);
          for (let i = 0; i < next; i++) {
            whole.feed(log, i, i + 1);
            // The clock has gone on by itself for a while: no replay could see that.
            whole.time.idle((log[i]?.wall ?? 0) + (idle[i] ?? 0));
            if (whole.store.closes(whole.time.time)) whole.close(whole.time.time);
          }
          const again = new Run(shape, maxGroups, whole.time.snapshot());
          for (const [group, held] of whole.held) {
            again.store.hold(group, held);
            again.held.set(group, held);
          }
          const from = Math.max(0, Math.min(next, whole.store.oldestOffset) - (earlier % 50));
          log.slice(from, next).forEach(({ group, at }, i) => {
            again.store.replay(group, { value: from + i, at, offset: from + i, time: again.time.time });
          });
          assert.equal(again.store.size, whole.store.size);
          assert.equal(again.store.oldestOffset, whole.store.oldestOffset);
          const before = { out: whole.out.length, late: whole.late.size, refused: whole.refused.size };
          for (const run of [whole, again]) {
            run.feed(log, next, log.length);
            run.close(1e9);
          }
          assert.deepEqual(again.out, whole.out.slice(before.out));
          assert.deepEqual([...again.late], [...whole.late].slice(before.late));
          assert.deepEqual([...again.refused], [...whole.refused].slice(before.refused));
          assert.equal(again.held.size + whole.held.size, 0);
          const without = new Set([...whole.late, ...whole.refused]);
          assert.deepEqual([...whole.out].sort(), expected(shape, log, without));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('never needs records further behind the watermark than the longest session and a gap', () => {
    fc.assert(
      fc.property(shapes, logs, (shape, log) => {
        const run = new Run(shape);
        log.forEach((_, offset) => {
          run.feed(log, offset, offset + 1);
          const watermark = run.time.time - shape.graceMs;
          run.close(run.time.time);
          const oldest = log[run.store.oldestOffset]?.at ?? watermark;
          assert.ok(watermark - oldest < shape.maxMs + shape.gapMs);
        });
      }),
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
    assert.equal(run.store.closesAt, 15 + 1_010, 'to forget the group');
    run.close(15 + 1_010);
    assert.deepEqual([run.store.closesAt, run.store.groups], [Number.POSITIVE_INFINITY, 0]);
  });

  it('takes a record behind the watermark that forms or joins an open session, and no other', () => {
    // Watermark 110: [0, 10) is out.
    const log = [0, 100, 106, 3, 104, 112, 95, 101, 88, 80].map((at, i) => ({
      group: i === 3 || i === 7 || i === 9 ? 1 : 0,
      at,
      wall: 110,
    }));
    const run = new Run(SHAPE);
    run.feed(log, 0, log.length);
    assert.deepEqual([...run.late], [3, 9]);
    assert.deepEqual(run.out, ['0 [0,10) 0']);
    run.close(1_000);
    assert.deepEqual(run.out.slice(1), ['1 [101,111) 7', '0 [88,122) 1,2,4,5,6,8']);
  });

  it('takes nothing into a session that is out, however little is missing', () => {
    const run = new Run(SHAPE);
    const log = [100, 111, 105, 110].map((at, i) => ({ group: i === 1 ? 1 : 0, at, wall: 1_000 }));
    run.feed(log, 0, log.length);
    assert.deepEqual([run.out, [...run.late]], [['0 [100,110) 0'], [2]]);
    run.close(1_000);
    assert.deepEqual(run.out.slice(1), ['0 [110,120) 3', '1 [111,121) 1']);
  });

  it('calls late what would stretch a session so far back that it had to be cut behind it', () => {
    const log = [
      { group: 0, at: 0, wall: 0 },
      { group: 1, at: 40, wall: 40 },
      ...[31, 22, 13, 9].map((at) => ({ group: 0, at, wall: 40 })),
    ];
    const run = new Run({ ...SHAPE, maxMs: 20 });
    run.feed(log, 0, log.length);
    run.close(1_000);
    assert.deepEqual([...run.late], [5], 'it touches the session that is out');
    assert.deepEqual(run.out, ['0 [0,10) 0', '0 [13,41) 2,3,4', '1 [40,50) 1']);
  });

  it('refuses further groups beyond the limit, goes on with those it has, and forgets them in time', () => {
    const store = storeOf(SHAPE, 1);
    const add = (group: number, at: number, time: number) =>
      store.add(group, { value: 0, at, offset: 0, time }, []);
    assert.deepEqual(
      [add(0, 1, 0), add(1, 1, 0), add(0, 30, 0), add(0, 5, 0)],
      ['counted', 'full', 'counted', 'counted'],
    );
    assert.deepEqual([store.size, store.groups], [2, 1]);
    store.close(1_049, () => undefined);
    assert.deepEqual([store.size, store.groups, add(1, 1_049, 1_049)], [0, 1, 'full']);
    assert.equal(add(1, 1_050, 1_050), 'counted', 'nothing can touch the session that ended at 40 any more');
  });

  it('leaves room for others beside a tenant that has its share, and counts what it forgets', () => {
    const limits = { max: 4, maxOfTenant: 2, tenantOf: (group: number) => (group % 2 === 0 ? 'a' : 'b') };
    const store: Store = new SessionStore(SHAPE, limits, OFFSETS);
    const add = (group: number, at: number, time: number) =>
      store.add(group, { value: 0, at, offset: 0, time }, []);
    assert.deepEqual([add(0, 1, 0), add(2, 1, 0), add(4, 1, 0)], ['counted', 'counted', 'share']);
    assert.deepEqual([add(1, 1, 0), add(3, 1, 0), add(5, 1, 0)], ['counted', 'counted', 'full']);
    store.close(2_000, () => undefined);
    assert.equal(store.groups, 0);
    assert.deepEqual([add(4, 2_000, 2_000), add(6, 2_000, 2_000)], ['counted', 'counted']);
    assert.deepEqual([add(0, 2_000, 2_000), add(1, 2_000, 2_000)], ['share', 'counted']);
  });

  it('names the groups whose numbers are in use', () => {
    const run = new Run(SHAPE);
    const groups = () => {
      const found: number[] = [];
      run.store.eachGroup((group) => found.push(group));
      return found;
    };
    run.feed([{ group: 3, at: 5, wall: 5 }], 0, 1);
    run.close(15);
    assert.deepEqual(groups(), [3], 'late records may still come');
    run.close(15 + 1_010);
    assert.deepEqual(groups(), []);
  });
});
