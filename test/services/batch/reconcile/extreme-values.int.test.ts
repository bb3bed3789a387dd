import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { compareInSql } from '../../../../services/batch/reconcile/compare-in-sql.js';
import { readWindowFigures } from '../../../../services/batch/reconcile/window-figures.js';
import { migrate } from '../../../../shared/adapters/postgres/migrate.js';
import { addPoint, CELL, writeFigures } from '../../../../shared/windows/cells.js';
import type { AlignedDefinition } from '../../../../shared/windows/definition.js';
import { startDatabase, type TestDatabase } from '../../../shared/adapters/postgres/database.js';

const START = Date.UTC(2026, 0, 1);
const OPTIONS = { tenantId: null, tolerance: 1e-9, limit: 500, after: null, counters: null, members: false };
const SLOT = { start: START - 60_000, end: START + 60_000 };

function tumbling(name: string, sizeMs: number, advanceMs = sizeMs): AlignedDefinition {
  return {
    ...{ name, sizeMs, advanceMs, graceMs: 0 },
    ...{ metrics: '*', tenants: '*', groupBy: null, quantiles: [0.5] },
  };
}

/** Values of one tenant each, three seconds apart; the first seven are what ingest lets in. */
const LET_IN: readonly (readonly number[])[] = [
  [5e-324],
  [5e-324, 0, 0],
  [1e-200, 2e-200],
  [1e-310, 1e150, -1e150],
  [-0, -5e-324, 1],
  [1e-62, 1.1e-62, 3e-63],
  Array.from({ length: 8_000 }, (_, i) => (i % 2 === 0 ? 1e150 : -1e150)),
  [1, 2, 4],
];
const PAST_INGEST: readonly (readonly number[])[] = [
  [1.5e308, 1.5e308],
  [-1.7e308, 1.7e308],
  [Number.NaN, 1],
  [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
];

describe('the comparison of windows of extreme values', () => {
  let database: TestDatabase;
  before(async () => {
    database = await startDatabase();
    await migrate(database.pool);
    for (const [n, values] of [...LET_IN, ...PAST_INGEST].entries())
      await database.pool.query(
        `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id)
         SELECT to_timestamp(($1::float8 + 3000 * ((i - 1) % 3)) / 1000), $2, 'm', '{}', v, i::text
         FROM unnest($3::float8[]) WITH ORDINALITY AS u (v, i)`,
        [START, `t${n}`, values],
      );
  });
  after(() => database.stop());

  it('recomputes them without an error for any tenant, however they are made up of panes', async () => {
    for (const definition of [
      tumbling('10s', 10_000),
      tumbling('2s', 2_000),
      tumbling('1m', 60_000, 10_000),
    ]) {
      const { differing, equal } = await compareInSql(database.pool, definition, SLOT, OPTIONS);
      assert.deepEqual(equal, []);
      assert.equal(
        new Set(differing.map(({ tenantId }) => tenantId)).size,
        LET_IN.length + PAST_INGEST.length,
      );
      const figures = await readWindowFigures(database.pool, definition, differing);
      assert.equal(figures.length, differing.length);
    }
  });

  it('finds what the stream makes of values that ingest lets in equal', async () => {
    for (const [n, values] of LET_IN.entries()) {
      const cells = new Float64Array(CELL);
      values.forEach((value, i) => {
        addPoint(cells, 0, value, START + 3_000 * (i % 3));
      });
      const figures = new Float64Array(8);
      writeFigures(cells, 0, figures);
      await database.pool.query(
        `INSERT INTO tactus.windows (start, "end", tenant_id, metric, tags, "window", count, sum, min, max, mean, stddev,
           first, last, watermark, emitted_at)
         VALUES (to_timestamp($1::float8 / 1000), to_timestamp($1::float8 / 1000 + 60), $2, 'm', '{}', '1m',
           $3, $4, $5, $6, $7, $8, $9, $10, now(), now())`,
        [START, `t${n}`, ...figures],
      );
    }
    const { differing, equal } = await compareInSql(database.pool, tumbling('1m', 60_000), SLOT, OPTIONS);
    // Of the many some have the same time, and any of them may be the first and the last.
    assert.deepEqual(differing.map(({ tenantId }) => tenantId).sort(), ['t10', 't11', 't6', 't8', 't9']);
    assert.deepEqual(equal.map(({ tenantId }) => tenantId).sort(), [
      't0',
      't1',
      't2',
      't3',
      't4',
      't5',
      't7',
    ]);
    const [many] = await readWindowFigures(database.pool, tumbling('1m', 60_000), [
      { start: START, tenantId: 't6', metric: 'm', tags: {} },
    ]);
    for (const side of [many?.stream, many?.all])
      assert.ok(Math.abs((side?.stddev ?? 0) / 1e150 - 1) < 1e-9, `${side?.stddev}`);
  });
});
