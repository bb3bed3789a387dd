import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AskRecordsAt,
  appendTimes,
  type WantedRecord,
} from '../../../../services/api/pipeline/append-times.js';

const NOW = 1_800_000_000_000;
const DAY_MS = 86_400_000;

/** A log whose record number `i` came at `times[i]`, and how often it was asked. */
function logOf(times: readonly number[]): { readonly ask: AskRecordsAt; rounds: number } {
  const log = {
    rounds: 0,
    ask: async (places: Parameters<AskRecordsAt>[0]) => {
      log.rounds += 1;
      return new Map(
        places.map(({ time }) => {
          const offset = times.findIndex((one) => one >= time);
          return ['t[0]', { offset, timestamp: times[offset] ?? -1 }] as const;
        }),
      );
    },
  };
  return log;
}

const wanted = (offset: number, notBefore: number | null = null): WantedRecord => ({
  ...{ topic: 't', partition: 0, offset, notBefore },
});

describe('when a record came', () => {
  const ages = [9 * DAY_MS, 9 * DAY_MS - 1, 3 * DAY_MS, DAY_MS, 7_200_000, 60_000, 1_200, 900, 20, 0];
  const times = ages.map((age) => NOW - age);

  it('is found for each age, never later than it was, and nearly as exactly', async () => {
    for (const [offset, time] of times.entries()) {
      const log = logOf(times);
      const found = (await appendTimes([wanted(offset)], NOW, log.ask)).get('t[0]') as number;
      assert.ok(found <= time, `${offset}: ${found - time} ms later`);
      assert.ok(time - found <= Math.max(500, 0.02 * (NOW - found)), `${offset}: ${time - found} ms earlier`);
      assert.ok(log.rounds <= 32, `${log.rounds} rounds`);
    }
  });

  it('costs one question where it is known of the record before', async () => {
    const log = logOf(times);
    assert.equal((await appendTimes([wanted(8, NOW - 900)], NOW, log.ask)).get('t[0]'), NOW - 20);
    assert.equal(log.rounds, 1);
  });

  it('is not known of a log that does not answer, and nobody is asked where nothing is wanted', async () => {
    const silent = async () => new Map();
    assert.equal((await appendTimes([wanted(1)], NOW, silent)).size, 0);
    await appendTimes([], NOW, () => assert.fail('nothing is wanted'));
  });

  it('ends where the log was compacted and the record is gone', async () => {
    // Record 5 is not there any more: what the log finds in its place is the next one.
    const ask: AskRecordsAt = async ([place]) =>
      new Map([
        [
          't[0]',
          (place?.time ?? 0) <= NOW - 60_000
            ? { offset: 4, timestamp: NOW - 60_000 }
            : { offset: 6, timestamp: NOW - 10 },
        ],
      ]);
    const found = (await appendTimes([wanted(5)], NOW, ask)).get('t[0]') as number;
    assert.ok(found >= NOW - 60_000 && found <= NOW - 10);
  });
});
