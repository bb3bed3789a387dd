import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { migrate } from '../../shared/adapters/postgres/migrate.js';
import { startDatabase, type TestDatabase } from '../shared/adapters/postgres/database.js';

/** Five weeks of events of three tenants, ten types and 500 subjects. */
const EVENTS = 150_000;
const MADE = `INSERT INTO tactus.events (time, tenant_id, type, id, subject_id, attributes)
  SELECT timestamptz '2026-01-01' + i * INTERVAL '20 seconds', 'tenant-' || i % 3, 'type_' || i % 10, 'e' || i,
    CASE WHEN i % 7 = 0 THEN NULL ELSE 'user-' || i % 500 END,
    jsonb_build_object('song', 'song-' || i % 900, 'seconds', i % 300, 'skipped', i % 4 = 0)
  FROM generate_series(1, ${EVENTS}) AS i`;
const RANGE = `time >= '2026-01-10' AND time < '2026-01-20'`;

interface Search {
  readonly what: string;
  readonly where: string;
  readonly index: RegExp;
}

const SEARCHES: readonly Search[] = [
  { what: 'type', where: `type = 'type_3'`, index: /Index (?:Only )?Scan.*events_type/ },
  { what: 'subject', where: `subject_id = 'user-42'`, index: /Index (?:Only )?Scan.*events_subject/ },
  {
    what: 'a text in their attributes',
    where: `attributes @> '{"song": "song-76"}'`,
    index: /Bitmap Index Scan on .*events_attributes/,
  },
  {
    what: 'several attributes',
    where: `attributes @> '{"song": "song-76", "skipped": true}'`,
    index: /Bitmap Index Scan on .*events_attributes/,
  },
];

describe('events in the database', { timeout: 240_000 }, () => {
  let database: TestDatabase;

  before(async () => {
    database = await startDatabase();
    await migrate(database.pool);
    await database.pool.query(MADE);
    await database.pool.query('ANALYZE tactus.events');
  });
  after(() => database.stop());

  for (const { what, where, index } of SEARCHES)
    it(`are found by ${what} and time with an index, in the chunks of that time alone`, async () => {
      const sql = `FROM tactus.events WHERE tenant_id = 'tenant-1' AND ${where} AND ${RANGE}`;
      const plan = await database.pool.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN (COSTS OFF) SELECT * ${sql} ORDER BY time DESC`,
      );
      const text = plan.rows.map((row) => row['QUERY PLAN']).join('\n');
      assert.match(text, index);
      assert.doesNotMatch(text, /Seq Scan/);
      const chunks = new Set(text.match(/_hyper_\d+_\d+_chunk/g));
      assert.ok(chunks.size >= 1 && chunks.size <= 3, text);
      const found = await database.pool.query<{ n: number }>(`SELECT count(*)::int AS n ${sql}`);
      const all = await database.pool.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM (SELECT * FROM tactus.events OFFSET 0) AS e WHERE tenant_id = 'tenant-1' AND ${where} AND ${RANGE}`,
      );
      assert.ok((found.rows[0]?.n ?? 0) > 0);
      assert.deepEqual(found.rows, all.rows);
    });

  it('take subjects and attributes of the longest that ingest lets in', async () => {
    const long = '\u{1F3B5}'.repeat(128);
    const attributes = Object.fromEntries(
      Array.from({ length: 64 }, (_, i) => [`${i}`.padEnd(256, 'k'), `${i}`.padEnd(4_096, 'v')]),
    );
    await database.pool.query(
      `INSERT INTO tactus.events (time, tenant_id, type, id, subject_id, attributes) VALUES ('2026-01-15', $1, $1, $1, $1, $2)`,
      [long, JSON.stringify(attributes)],
    );
    const [key] = Object.keys(attributes) as [string];
    const found = await database.pool.query(
      'SELECT id FROM tactus.events WHERE attributes @> $1 AND time = $2',
      [JSON.stringify({ [key]: attributes[key] }), '2026-01-15'],
    );
    assert.deepEqual(found.rows, [{ id: long }]);
  });
});
