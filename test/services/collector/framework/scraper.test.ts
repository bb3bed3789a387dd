import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Scraper } from '../../../../services/collector/framework/scraper.js';
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
  const scraper = new Scraper(
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
  assert.deepEqual(await scraper.scrape(), [SAMPLE]);
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
  const scraper = new Scraper([{ name: 'slow', read }], 10, observer);
  await scraper.scrape();
  await scraper.scrape();
  assert.equal(started, 1);
  assert.deepEqual(failed.at(-1), ['slow', 'still running from the time before']);
  finish();
  await until('the reading to be free again', async () => (await scraper.scrape()).length === 1);
});
