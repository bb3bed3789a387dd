import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareAll } from '../../../../services/batch/reconcile/command.js';
import type { OffsetSource } from '../../../../services/batch/reconcile/stream-progress.js';
import type { Pool } from '../../../../shared/adapters/postgres/pool.js';
import { parseDefinitions } from '../../../../shared/catalog/window-definitions.js';
import { loadConfig } from '../../../../shared/config/load.js';
import { TactusError } from '../../../../shared/core/errors.js';
import { Health } from '../../../../shared/process/health.js';
import { createLogger } from '../../../../shared/process/logger.js';

const NOON = Date.UTC(2026, 0, 15, 12);
const OPTIONS = { from: NOON, to: NOON + 120_000, wait: 0, differences: 10 };
const definitions = parseDefinitions('windows: [{ name: 10s, size: 10s }]', 'windows.yaml');

/** As the embedded database ends a client that keeps others waiting. */
const ended = () => Object.assign(new Error('idle in a transaction'), { severity: 'FATAL', code: '25P03' });

function setUp() {
  const health = new Health();
  const context = {
    ...{ config: loadConfig({}), log: createLogger('test', 'silent'), health },
    stopping: new AbortController().signal,
  };
  const blocked: string[] = [];
  let failed = '';
  /** Each statement fails once with this. */
  const poolOf = (error: () => Error): Pool =>
    ({
      query: async (sql: string) => {
        if (failed !== sql) {
          failed = sql;
          throw error();
        }
        failed = '';
        blocked.push(...health.blocks.keys());
        return { rows: sql.includes('policy_retention') ? [{ kept: null }] : [] };
      },
    }) as unknown as Pool;
  let answers = 0;
  const offsets: OffsetSource = {
    snapshot: async () => {
      answers += 1;
      if (answers === 1) throw new TactusError('TACTUS_KAFKA_UNAVAILABLE', 'no such topic yet');
      return { partitions: [], sinkOffsets: new Map() };
    },
    stored: async () => true,
  };
  return { context, health, blocked, poolOf, offsets };
}

describe('tactus reconcile', () => {
  it('waits for servers that fail while it runs, and says which one meanwhile', async () => {
    const { context, health, blocked, poolOf, offsets } = setUp();
    const report = await compareAll(context, { pool: poolOf(ended), offsets, definitions }, OPTIONS);
    assert.ok(report !== null);
    assert.deepEqual(report.notCompared, []);
    assert.deepEqual(new Set(blocked), new Set(['the database']));
    assert.equal(health.blocks.size, 0);
  });

  it('ends with an error that no repetition helps against', async () => {
    const { context, health, poolOf, offsets } = setUp();
    const pool = poolOf(() => Object.assign(new Error('syntax'), { severity: 'ERROR', code: '42601' }));
    await assert.rejects(compareAll(context, { pool, offsets, definitions }, OPTIONS), {
      code: 'TACTUS_INVARIANT',
    });
    assert.equal(health.blocks.size, 0);
  });
});
