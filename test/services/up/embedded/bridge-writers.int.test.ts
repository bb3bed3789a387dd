import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { startStack } from '../../../../services/up/embedded/stack.js';

const WRITERS = 4;
const TURNS = 20;
const BATCH = 2_000;

const INSERT = `INSERT INTO points SELECT * FROM
  unnest($1::timestamptz[], $2::text[], $3::text[], $4::jsonb[], $5::float8[], $6::text[])`;

test('batched unnest inserts of several writers at once store every row in a hypertable', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tactus-writers-'));
  const stack = await startStack({ dataDir, only: ['database'] });
  const pool = new pg.Pool({ connectionString: stack.env.DATABASE_URL, max: WRITERS });
  t.after(async () => {
    await pool.end();
    await stack.stop();
    rmSync(dataDir, { recursive: true });
  });
  await pool.query(`CREATE TABLE points (time timestamptz NOT NULL, tenant_id text, metric text, tags jsonb,
    value float8, id text); SELECT create_hypertable('points', 'time')`);

  await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      for (let turn = 0; turn < TURNS; turn++)
        await pool.query({ name: 'insert', text: INSERT, values: batch(`${writer}-${turn}`) });
    }),
  );
  const { rows } = await pool.query(
    'SELECT count(*)::int AS stored, count(DISTINCT id)::int AS ids FROM points',
  );
  const stored = WRITERS * TURNS * BATCH;
  assert.deepEqual(rows, [{ stored, ids: stored }]);
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
