import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lease } from '../../../../services/batch/database/lease.js';
import type { Pool } from '../../../../shared/adapters/postgres/pool.js';
import { TactusError } from '../../../../shared/core/errors.js';
import { until } from '../../../support/until.js';
import { refresherOf } from './refresher-of.js';

const NOW = 1_000_000;

test('without the database nobody leads, and what there is to do grows older; on standby another one says so', async () => {
  const answers: (boolean | TactusError)[] = [true];
  const lease = {
    acquire: async () => {
      const answer = answers[0] as boolean | TactusError;
      if (typeof answer !== 'boolean') throw answer;
      return answer;
    },
  } as unknown as Lease;
  const pool = { query: async () => ({ rows: [] }) } as unknown as Pool;
  const { refresher, metrics } = refresherOf(pool, { now: () => NOW, lease });
  const value = async (name: string) =>
    (await metrics.getSingleMetric(name)?.get())?.values.at(-1)?.value ?? 0;
  const [leads, lag] = [() => value('tactus_batch_leader'), () => value('tactus_batch_lag_seconds')];

  await refresher.round();
  assert.deepEqual([await leads(), await lag()], [1, 0]);
  answers[0] = new TactusError('TACTUS_DATABASE_UNAVAILABLE', 'the database is away');
  await assert.rejects(refresher.round());
  assert.equal(await leads(), 0);
  const before = await lag();
  await until('it to grow', async () => (await lag()) > before);
  answers[0] = false;
  assert.equal(await refresher.round(), 'standby');
  assert.deepEqual([await leads(), await lag()], [0, 0]);
});
