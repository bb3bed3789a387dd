import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Collect } from '../../../../services/collector/framework/collect.js';
import { PointBuffer } from '../../../../services/collector/framework/point-buffer.js';
import { nextBeat, runSchedule } from '../../../../services/collector/framework/schedule.js';
import { pointOf } from '../../../support/point.js';
import { until } from '../../../support/until.js';

const SAMPLE = { metric: 'm', value: 1, unit: 'u' };

function recorder() {
  const done: string[] = [];
  const failed: [string, string][] = [];
  return {
    done,
    failed,
    observer: {
      done: (reading: string) => void done.push(reading),
      failed: (reading: string, _seconds: number, message: string) => void failed.push([reading, message]),
    },
  };
}

test('a reading that fails or hangs is counted, and the others go on', async () => {
  const { done, failed, observer } = recorder();
  const collect = new Collect(
    [
      { name: 'good', read: async () => [SAMPLE] },
      { name: 'bad', read: () => Promise.reject(new Error('no such device')) },
      {
        name: 'throws',
        read: () => {
          throw new Error('at once');
        },
      },
      { name: 'hangs', read: () => new Promise(() => {}) },
    ],
    20,
    observer,
  );
  assert.deepEqual(await collect.samples(), [SAMPLE]);
  assert.deepEqual(done, ['good']);
  assert.deepEqual(failed.sort(), [
    ['bad', 'no such device'],
    ['hangs', 'took longer than 20 ms'],
    ['throws', 'at once'],
  ]);
});

test('a reading that still runs is not started a second time, and comes back when it is done', async () => {
  const { failed, observer } = recorder();
  let started = 0;
  let finish = () => {};
  const first = new Promise<(typeof SAMPLE)[]>((resolve) => {
    finish = () => resolve([SAMPLE]);
  });
  const read = () => (++started === 1 ? first : Promise.resolve([SAMPLE]));
  const collect = new Collect([{ name: 'slow', read }], 10, observer);
  await collect.samples();
  await collect.samples();
  assert.equal(started, 1);
  assert.deepEqual(failed.at(-1), ['slow', 'still running from the time before']);
  finish();
  await until('the reading to be free again', async () => (await collect.samples()).length === 1);
});

test('the next beat is the first multiple of the interval after now', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 42 }),
      fc.integer({ min: 1, max: 3_600_000 }),
      (now, interval) => {
        const next = nextBeat(now, interval);
        assert.equal(next % interval, 0);
        assert.ok(next > now && next - now <= interval);
      },
    ),
  );
});

test('work is done at once, then on beats, and beats under long work are missed and counted', async () => {
  const stop = new AbortController();
  let now = 1_003;
  const times: number[] = [];
  const missed: number[] = [];
  const waits: number[] = [];
  await runSchedule({
    intervalMs: 10,
    clock: { now: () => now },
    signal: stop.signal,
    onMissed: (beats) => missed.push(beats),
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

const pointNumber = (id: number) => pointOf({ timestamp: id, value: id, id: String(id) });

test('a full buffer drops the oldest points and counts them', () => {
  let dropped = 0;
  const buffer = new PointBuffer(3, (count) => {
    dropped += count;
  });
  buffer.add([1, 2, 3, 4, 5].map(pointNumber));
  assert.equal(dropped, 2);
  assert.deepEqual(
    buffer.take(2).map((point) => point.value),
    [3, 4],
  );
  assert.equal(buffer.size, 1);
});

test('what could not be sent is sent first the next time', () => {
  const buffer = new PointBuffer(10, () => {});
  buffer.add([1, 2, 3].map(pointNumber));
  const taken = buffer.take(2);
  buffer.putBack(taken);
  assert.deepEqual(
    buffer.take(9).map((point) => point.value),
    [1, 2, 3],
  );
});

test('a wait for points ends with a point and with the stop', async () => {
  const buffer = new PointBuffer(10, () => {});
  const stop = new AbortController();
  const filled = buffer.filled(stop.signal);
  buffer.add([pointNumber(1)]);
  await filled;
  buffer.take(1);
  const stopped = buffer.filled(stop.signal);
  stop.abort();
  await stopped;
  assert.equal(buffer.size, 0);
});
