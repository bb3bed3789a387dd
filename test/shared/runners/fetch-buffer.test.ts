import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import { FetchBuffer } from '../../../shared/runners/fetch-buffer.js';

const NEVER = new AbortController().signal;

describe('the buffer of a partition', () => {
  const buffer = () => new FetchBuffer('x.metrics', 0, 0, { onRoom: () => {}, maxAnswerAgeMs: 1_000 });
  const records = (from: number, count: number) =>
    arrayBatch({
      topic: 'x.metrics',
      baseOffset: from,
      records: Array.from({ length: count }, () => ({ value: null })),
    });

  it('is behind while committed records are left, here or in the log, and not for those of an open transaction', async () => {
    const one = buffer();
    assert.equal(one.behind, false, 'nothing is known yet');
    one.deliver(records(0, 10), 30, 20);
    assert.equal(one.behind, true);
    await one.next(1_000, NEVER);
    assert.equal(one.behind, true, 'ten more can be read');
    one.deliver(records(10, 10), 30, 20);
    await one.next(1_000, NEVER);
    assert.equal(one.behind, false, 'the last ten are not committed');
    assert.equal(one.lag, 10);
  });

  it('lets whoever delivers go on before the records are processed', async () => {
    const one = buffer();
    const order: string[] = [];
    const processed = one.next(10_000, NEVER).then((batch) => order.push(`${batch?.length} processed`));
    const deliver = async () => {
      one.deliver(records(0, 3), 3, 3);
      // What comes before the next request is sent: some promises, none of which waits for a server.
      for (let i = 0; i < 50; i++) await Promise.resolve();
      order.push('asked for more');
    };
    await Promise.all([deliver(), processed]);
    assert.deepEqual(order, ['asked for more', '3 processed']);
  });

  it('wants no more when three answers wait', () => {
    const one = buffer();
    for (let i = 0; i < 3; i++) {
      assert.equal(one.hasRoom(), true);
      one.deliver(records(i, 1), 3, 3);
    }
    assert.equal(one.hasRoom(), false);
  });
});
