import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MatcherMaker } from '../../../../../services/api/prometheus/promql/model/matchers.js';
import { findSeries } from '../../../../../services/api/prometheus/stored/series-catalog.js';
import type { TenantReader } from '../../../../../services/api/queries/tenant-database.js';

const SPAN = { start: 0, end: 3_600_000 };

/** A database whose series have a long tag, each another one. */
const holding = (count: number): TenantReader => ({
  rows: async <R>() =>
    Array.from({ length: count }, (_, i) => ({ metric: 'm', tags: { long: `${'a'.repeat(900)}${i}` } }) as R),
});

describe('series that match a pattern', () => {
  it('are found while others have their turn, until nobody waits for them', async () => {
    const slow = [new MatcherMaker().make('long', '=~', '.*a.{800}b')];
    const gone = new AbortController();
    let turns = 0;
    const other = setInterval(() => {
      turns++;
      if (turns === 3) gone.abort();
    }, 1);
    try {
      await assert.rejects(findSeries(holding(10_000), slow, SPAN, 10_000, gone.signal), {
        name: 'AbortError',
      });
      assert.equal(turns, 3);
    } finally {
      clearInterval(other);
    }
  });

  it('are all of those', async () => {
    const matchers = [new MatcherMaker().make('long', '=~', 'a+1?5')];
    const found = await findSeries(holding(100), matchers, SPAN, 10, new AbortController().signal);
    assert.deepEqual(
      found.map(({ tags }) => tags.long?.replace(/a+/, '')),
      ['5', '15'],
    );
    await assert.rejects(
      findSeries(holding(101), [], SPAN, 10, new AbortController().signal),
      /the selector finds more than 10 series/,
    );
  });
});
