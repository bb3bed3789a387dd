import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AnswerCache, type CacheResult } from '../../../../services/api/cache/answer-cache.js';
import type { AnswerStore } from '../../../../shared/ports/answer-store.js';

const NOW = 1_700_000_000_000;
const HOUR_MS = 3_600_000;

/** Keeps all that it is given, and fails while it is to. */
class MemoryAnswers implements AnswerStore {
  ready = true;
  fails = false;
  asked = 0;
  readonly kept = new Map<string, { readonly answer: string; readonly keptMs: number }>();

  async get(tenantId: string, key: string): Promise<string | null> {
    this.asked += 1;
    if (this.fails) throw new Error('no answer within 50 ms');
    return this.kept.get(`${tenantId} ${key}`)?.answer ?? null;
  }

  async put(tenantId: string, key: string, answer: string, keptMs: number): Promise<void> {
    this.kept.set(`${tenantId} ${key}`, { answer, keptMs });
  }
}

/** A cache, with the number of changes that the database has counted. */
function caching({ maxBytes = 10_000 } = {}) {
  const store = new MemoryAnswers();
  const results: CacheResult[] = [];
  const state = { now: NOW, changes: '1' as string | null, read: 0 };
  const cache = new AnswerCache({
    ...{ store, maxBytes, clock: { now: () => state.now } },
    keptMs: { hot: 1_000, warm: 2_000, cold: 3_000 },
    counted: (result) => results.push(result),
    failed: () => {},
  });
  const reader = { rows: async <R>() => [{ changes: state.changes }] as R[] };
  const ask = async ({
    tenantId = 'own',
    end = NOW - 10 * 24 * HOUR_MS,
    asked = ['series', 'plays'] as unknown[],
    compute = async () => [`read ${++state.read}`],
  } = {}) =>
    await cache.answer(
      ...([
        reader as never,
        { tenantId, start: end - HOUR_MS, end, asked },
        (found: string[]) => found.length,
        compute,
      ] as const),
    );
  return { store, results, state, ask };
}

describe('kept answers', () => {
  it('are given as long as nothing has changed', async () => {
    const { ask, state, results } = caching();
    assert.deepEqual([await ask(), await ask()], [['read 1'], ['read 1']]);
    state.changes = '2';
    assert.deepEqual([await ask(), await ask()], [['read 2'], ['read 2']]);
    assert.deepEqual(results, ['miss', 'hit', 'miss', 'hit']);
  });

  it('are of one tenant and one question', async () => {
    const { ask, store, results } = caching();
    await ask();
    await ask({ tenantId: 'other' });
    await ask({ asked: ['series', 'stops'] });
    await ask({ end: NOW - 11 * 24 * HOUR_MS });
    assert.deepEqual(results, ['miss', 'miss', 'miss', 'miss']);
    // Also where a key is given to another tenant, the question names who asks.
    assert.equal(new Set([...store.kept.keys()].map((key) => key.split(' ')[1])).size, 4);
  });

  it('are kept longer the older their range is', async () => {
    const { ask, store } = caching();
    for (const end of [NOW, NOW - 2 * HOUR_MS, NOW - 48 * HOUR_MS]) await ask({ end });
    assert.deepEqual(
      [...store.kept.values()].map(({ keptMs }) => keptMs),
      [1_000, 2_000, 3_000],
    );
  });

  it('are not those that are too large, nor of ranges that the retention reaches', async () => {
    const { ask, store, state, results } = caching({ maxBytes: 100 });
    await ask({ compute: async () => ['x'.repeat(101)] });
    await ask({ compute: async () => Array.from({ length: 7 }, () => '') });
    state.changes = null;
    await ask();
    assert.deepEqual([store.kept.size, results], [0, ['miss', 'miss', 'bypassed']]);
  });

  it('are read anew where one is broken', async () => {
    const { ask, store, results } = caching();
    await ask();
    for (const [key, one] of store.kept) store.kept.set(key, { ...one, answer: one.answer.slice(1) });
    assert.deepEqual(await ask(), ['read 2']);
    assert.deepEqual(results, ['miss', 'miss']);
  });

  it('do without a store that is away or hangs, which is left alone for a while', async () => {
    const { ask, store, state, results } = caching();
    store.ready = false;
    assert.deepEqual(await ask(), ['read 1']);
    store.ready = true;
    store.fails = true;
    for (let i = 0; i < 5; i++) await ask();
    assert.deepEqual(results, ['bypassed', 'failed', 'failed', 'failed', 'bypassed', 'bypassed']);
    assert.equal(store.asked, 3);
    store.fails = false;
    state.now += 5_000;
    await ask();
    await ask();
    assert.deepEqual(results.slice(6), ['miss', 'hit']);
  });

  it('are read once for all who ask at the same time, unless something changes or that read fails', async () => {
    const { ask, state, results } = caching();
    const reads: { done: (answer: string[]) => void; fail: (error: Error) => void }[] = [];
    const compute = () =>
      new Promise<string[]>((done, fail) => {
        reads.push({ done, fail });
      });
    const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
    const same = [ask({ compute }), ask({ compute })];
    await settle();
    state.changes = '2';
    const later = [ask({ compute }), ask({ compute })];
    await settle();
    assert.equal(reads.length, 2);
    reads[0]?.done(['old']);
    reads[1]?.fail(new Error('the client has gone'));
    assert.deepEqual(await Promise.all(same), [['old'], ['old']]);
    await assert.rejects(later[0] as Promise<string[]>, /has gone/);
    await settle();
    reads[2]?.done(['new']);
    assert.deepEqual(await later[1], ['new']);
    assert.deepEqual(results, ['miss', 'miss', 'joined', 'miss']);
  });
});
