import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { paged } from '../../../../services/dashboard/api/paged.js';

describe('the pages of a list', () => {
  const asked: (string | undefined)[] = [];
  /** Of three pages. */
  const ask = async ({ cursor }: { readonly cursor?: string }) => {
    asked.push(cursor);
    const at = Number(cursor ?? 0);
    return { items: [at], nextCursor: at < 2 ? `${at + 1}` : null };
  };
  const read = async (pages: AsyncIterable<{ readonly items: readonly number[] }>, until = Number.NaN) => {
    asked.length = 0;
    const all: number[] = [];
    for await (const { items } of pages) {
      all.push(...items);
      if (all.includes(until)) break;
    }
    return { all, asked: [...asked] };
  };

  it('come until the last one, each asked for at the cursor of the one before', async () => {
    assert.deepEqual(await read(paged(ask)), { all: [0, 1, 2], asked: [undefined, '1', '2'] });
  });

  it('end at the most that is wanted, and are not asked for once nobody reads on', async () => {
    assert.deepEqual(await read(paged(ask, 2)), { all: [0, 1], asked: [undefined, '1'] });
    assert.deepEqual(await read(paged(ask), 0), { all: [0], asked: [undefined] });
  });
});
