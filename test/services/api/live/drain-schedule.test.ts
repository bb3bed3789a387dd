import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DrainSchedule } from '../../../../services/api/live/drain-schedule.js';

test('whose turn has come has it in order, also beside others that come meanwhile', () => {
  const schedule = new DrainSchedule<string>(10, 100, 0);
  schedule.add('a', 10, 0);
  schedule.add('b', 10, 0);
  schedule.add('later', 50, 0);
  assert.equal(schedule.take(9), undefined);
  assert.equal(schedule.take(20), 'a');
  // Overdue: they have waited no longer than b.
  schedule.add('c', 0, 20);
  schedule.add('d', 5, 20);
  assert.deepEqual(
    [1, 2, 3, 4].map(() => schedule.take(20)),
    ['b', 'c', 'd', undefined],
  );
  assert.equal(schedule.size, 1);
  assert.equal(schedule.take(50), 'later');
  assert.equal(schedule.take(1_000), undefined);
});

test('a turn that is too far away comes as late as can be, one after a long pause at once', () => {
  const schedule = new DrainSchedule<string>(10, 100, 0);
  schedule.add('far', 100_000, 0);
  assert.equal(schedule.take(100), undefined);
  assert.equal(schedule.take(120), 'far');
  schedule.add('after', 50_000, 50_000);
  assert.equal(schedule.take(50_000), 'after');
});
