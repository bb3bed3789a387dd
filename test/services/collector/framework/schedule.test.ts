import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nextTick, runSchedule } from '../../../../services/collector/framework/schedule.js';
import { Health } from '../../../../shared/process/health.js';

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
    ...{ health: new Health(), stuckAfterMs: 1_000 },
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
    ...{ health: new Health(), stuckAfterMs: 1_000 },
    signal: new AbortController().signal,
    onMissed: () => {},
  };
  await assert.rejects(
    runSchedule({ ...options, work: () => Promise.reject(new Error('broken')) }),
    /broken/,
  );
});

test('a worker whose readings have stopped is not alive, unless it waits for a server', async () => {
  const health = new Health();
  const stop = new AbortController();
  const hanging = Promise.withResolvers<void>();
  const running = runSchedule({
    ...{ intervalMs: 10_000, health, stuckAfterMs: 60_000, signal: stop.signal, onMissed: () => {} },
    clock: { now: () => 0 },
    work: () => hanging.promise,
  });
  const passes = (seconds: number) => {
    for (let i = 0; i < seconds; i++) health.look(1_000);
    return health.alive;
  };
  health.block('kafka', 'waiting for Kafka');
  assert.equal(passes(3_600), true);
  health.clear('kafka');
  assert.equal(passes(69), true);
  assert.equal(passes(1), false);
  assert.match(health.reasons.join(), /what is done every 10000 ms: no progress for 70 s/);
  stop.abort();
  hanging.resolve();
  await running;
  assert.equal(health.alive, true);
});
