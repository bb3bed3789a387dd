import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nextTick, runSchedule } from '../../../../services/collector/framework/schedule.js';

test('the next tick is the first multiple of the interval after now', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 42 }),
      fc.integer({ min: 1, max: 3_600_000 }),
      (now, interval) => {
        const next = nextTick(now, interval);
        assert.equal(next % interval, 0);
        assert.ok(next > now && next - now <= interval);
      },
    ),
  );
});

test('work is done at once, then on ticks, and ticks under long work are missed and counted', async () => {
  const stop = new AbortController();
  let now = 1_003;
  const times: number[] = [];
  const missed: number[] = [];
  const waits: number[] = [];
  await runSchedule({
    intervalMs: 10,
    clock: { now: () => now },
    signal: stop.signal,
    onMissed: (ticks) => missed.push(ticks),
    work: async (at) => {
      times.push(at);
      // The first work takes 2 ms, the second 25 ms, the others nothing.
      now += [2, 25][times.length - 1] ?? 0;
      if (times.length === 4) stop.abort();
    },
    // The first timer fires a millisecond early.
    wait: async (ms) => {
      waits.push(ms);
      now += waits.length === 1 ? ms - 1 : ms;
    },
  });
  assert.deepEqual(times, [1_003, 1_010, 1_040, 1_050]);
  assert.deepEqual(missed, [2]);
  assert.deepEqual(waits, [5, 1, 5, 10]);
});

test('the schedule hands on what the work throws', async () => {
  const options = {
    intervalMs: 10,
    clock: { now: () => 0 },
    signal: new AbortController().signal,
    onMissed: () => {},
  };
  await assert.rejects(
    runSchedule({ ...options, work: () => Promise.reject(new Error('broken')) }),
    /broken/,
  );
});
