import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { startStack } from '../../../../services/up/embedded/stack.js';

const ROWS_PER_SECOND = 50_000;
const ROUNDS = 3;
const ROUND_MS = 3_000;
const BATCH = 2_000;

const INSERT = `INSERT INTO points SELECT * FROM
  unnest($1::timestamptz[], $2::text[], $3::text[], $4::jsonb[], $5::float8[], $6::text[])`;

test(`batched unnest inserts through pg store ${ROWS_PER_SECOND} rows a second in a hypertable`, async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tactus-rate-'));
  const stack = await startStack({ dataDir, only: ['database'] });
  const pool = new pg.Pool({ connectionString: stack.env.DATABASE_URL, max: 4 });
  t.after(async () => {
    await pool.end();
    await stack.stop();
    rmSync(dataDir, { recursive: true });
  });
  await pool.query(`CREATE TABLE points (time timestamptz NOT NULL, tenant_id text, metric text, tags jsonb,
    value float8, id text); SELECT create_hypertable('points', 'time')`);

  let stored = 0;
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    const before = stored;
    await Promise.all(
      Array.from({ length: 4 }, async (_, writer) => {
        for (let turn = 0; performance.now() - began < ROUND_MS; turn++) {
          await pool.query({ name: 'insert', text: INSERT, values: batch(`${round}-${writer}-${turn}`) });
          stored += BATCH;
        }
      }),
    );
    rates.push(((stored - before) * 1_000) / (performance.now() - began));
  }
  t.diagnostic(`rows/s in ${ROUNDS} rounds: ${rates.map(Math.round).join(', ')}`);
  const { rows } = await pool.query('SELECT count(*)::int AS stored FROM points');
  assert.deepEqual(rows, [{ stored }]);
  assert.ok(Math.max(...rates) >= ROWS_PER_SECOND, `best round: ${Math.round(Math.max(...rates))} rows/s`);
});

function batch(name: string): unknown[] {
  const rows = Array.from({ length: BATCH }, (_, row) => row);
  const now = Date.now();
  return [
    rows.map((row) => new Date(now - row)),
    rows.map((row) => `tenant-${row % 3}`),
    rows.map(() => 'cpu.load'),
    rows.map((row) => `{"host":"h${row % 20}"}`),
    rows,
    rows.map((row) => `${name}-${row}`),
  ];
}
