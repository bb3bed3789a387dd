import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type EventSearch, findEvents } from '../../services/api/queries/events.js';
import type { TenantReader } from '../../services/api/queries/tenant-database.js';
import { migrate } from '../../shared/adapters/postgres/migrate.js';
import { startDatabase, type TestDatabase } from '../shared/adapters/postgres/database.js';
import { plansOf, readAs, scansOf } from '../support/reader-plans.js';

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

  describe('asked for by the API as one tenant', () => {
    const OWN = 'tenant-1';
    const all = { start: Date.parse('2026-01-10'), end: Date.parse('2026-01-20'), after: null, limit: 1_000 };
    const reading = <T>(work: (reader: TenantReader) => Promise<T>) => readAs(database.pool, OWN, work);
    const planOf = (search: EventSearch) =>
      plansOf(database.pool, OWN, (reader) => findEvents(reader, search));

    it('are found by type and subject with their indexes', async () => {
      for (const [search, index] of [
        [{ type: 'type_3' }, /events_type/],
        [{ subject: 'user-42' }, /events_subject/],
      ] as const) {
        const plan = await planOf({ ...all, attributes: null, ...search });
        assert.match(plan, index);
        assert.doesNotMatch(plan, /Seq Scan/);
      }
    });

    it('are found by attributes with the index on them, in a function that knows the tenant', async () => {
      const search = { ...all, attributes: { song: 'song-76', skipped: true } };
      assert.match(await planOf(search), /Function Scan on events_with/);
      const found = await reading(async (reader) => await findEvents(reader, search));
      assert.ok(found.length > 0);
      const chunks = { index: '%events_attributes', table: '\\_hyper\\_%' };
      const scans = await scansOf(database.pool, OWN, chunks, (reader) => findEvents(reader, search));
      assert.deepEqual([scans.indexed > 0, scans.whole], [true, 0]);
      const { rows } = await database.pool.query(
        `SELECT id FROM tactus.events WHERE tenant_id = $1 AND attributes @> $2 AND ${RANGE} ORDER BY time DESC, id DESC`,
        [OWN, JSON.stringify(search.attributes)],
      );
      assert.deepEqual(
        found.map(({ id }) => id),
        rows.map(({ id }) => id),
      );
    });

    it('are never seen by a condition where they are of another tenant', async () => {
      // It fails for each row of another tenant that it is asked about.
      const spy = `1 / (CASE WHEN tenant_id = '${OWN}' THEN 1 ELSE 0 END) = 1`;
      for (const table of [
        'tactus_tenant.events',
        `tactus_tenant.events_with('{}', '2026-01-01', '2026-02-01')`,
      ]) {
        const rows = await reading(async (reader) =>
          reader.rows<{ tenant_id: string }>(
            `SELECT DISTINCT tenant_id FROM ${table} WHERE ${spy} AND ${RANGE}`,
          ),
        );
        assert.deepEqual(rows, [{ tenant_id: OWN }], table);
      }
      await assert.rejects(
        database.pool.query(`SELECT count(*) FROM tactus.events WHERE ${spy}`),
        /division by zero/,
      );
    });
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
