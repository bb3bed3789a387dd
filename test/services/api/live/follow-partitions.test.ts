import assert from 'node:assert/strict';
import { test } from 'node:test';
import { followPartitions } from '../../../../services/api/live/follow-partitions.js';
import { TactusError } from '../../../../shared/core/errors.js';
import { until } from '../../../support/until.js';

test('partitions that come are begun with at their beginning, those that are gone end, and a server that is away changes nothing', async () => {
  let answers: (number | null)[] = [];
  const reader = {
    partitions: async () => {
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer === null || answer === undefined) throw new TactusError('TACTUS_KAFKA_UNAVAILABLE', 'away');
      return answer;
    },
  };
  const begun: [number, number][] = [];
  const signals = new Map<number, AbortSignal>();
  const ended = new AbortController();
  const following = followPartitions({
    ...{
      reader,
      topic: 't',
      known: new Map([
        [0, 7],
        [1, 9],
      ]),
      signal: ended.signal,
      eachMs: 1,
    },
    begin: (partition, offset, signal) => {
      begun.push([partition, offset]);
      signals.set(partition, signal);
    },
  });
  assert.deepEqual(begun, [
    [0, 7],
    [1, 9],
  ]);
  answers = [null, 2, null, 4];
  await until('the new ones', () => begun.length === 4);
  assert.deepEqual(begun.slice(2), [
    [2, 0],
    [3, 0],
  ]);
  const aborted = () => [...signals].filter(([, signal]) => signal.aborted).map(([partition]) => partition);
  answers = [1, 4, 4, 1, 4, 4];
  await until('all answers', () => answers.length === 1);
  assert.deepEqual(aborted(), [], 'one answer alone may be that of a broker that has not heard of them');
  answers = [1];
  await until('the end of those that are gone', () => aborted().length === 3);
  assert.deepEqual(aborted(), [1, 2, 3]);
  answers = [2];
  await until('one that is new again', () => begun.length === 5);
  assert.deepEqual(begun[4], [1, 0]);
  ended.abort();
  await following;
  assert.deepEqual(aborted(), [0, 1, 2, 3]);
});
