import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seenSeries } from '../../../../services/api/queries/seen-series.js';
import type { TenantReader } from '../../../../services/api/queries/tenant-database.js';
import { TactusError } from '../../../../shared/core/errors.js';

const { signal } = new AbortController();

/** A database that answers with some rows. */
const having = (rows: readonly object[]) => ({
  read: async <T>(_: string, __: string, ___: AbortSignal, work: (reader: TenantReader) => Promise<T>) =>
    await work({ rows: async <R>() => rows as readonly R[] as R[] }),
});

const failing = (error: Error) => ({ read: () => Promise.reject(error) });

describe('what rules may name', () => {
  it('is the metrics that were seen, with their tags', async () => {
    assert.deepEqual(await seenSeries(having([{ metric: 'a', tags: ['host'] }]), 'acme', signal), {
      seen: [{ tenantId: 'acme', metric: 'a', window: null, tags: ['host'] }],
      problem: null,
    });
  });

  it('is not known where there is too much of it, or it takes too long, and rules are checked all the same', async () => {
    const many = Array.from({ length: 10_001 }, (_, i) => ({ metric: `m${i}`, tags: [] }));
    const { seen, problem } = await seenSeries(having(many), 'acme', signal);
    assert.deepEqual([seen, problem], [null, 'there are too many metrics to look for those of the rules']);
    const slow = new TactusError('TACTUS_QUERY_TIMEOUT', 'looking: took longer than 5 ms');
    assert.deepEqual(await seenSeries(failing(slow), 'acme', signal), { seen: null, problem: slow.message });
  });

  it('fails where the database does, and where nobody waits for it any more', async () => {
    const away = new TactusError('TACTUS_DATABASE_UNAVAILABLE', 'no connection');
    await assert.rejects(seenSeries(failing(away), 'acme', signal), away);
    const slow = new TactusError('TACTUS_QUERY_TIMEOUT', 'looking: the client has gone');
    await assert.rejects(seenSeries(failing(slow), 'acme', AbortSignal.abort()), slow);
  });
});
