import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { databaseError, databaseFault, sqlState } from '../../../../shared/adapters/postgres/errors.js';
import { inTransaction } from '../../../../shared/adapters/postgres/pool.js';
import { TactusError } from '../../../../shared/core/errors.js';
import { poolTo, startDatabase, type TestDatabase } from './database.js';

const withState = (code: string) => Object.assign(new Error('as sent'), { code, severity: 'ERROR' });

describe('errors of the database', () => {
  for (const [code, fault] of [
    ['08006', 'server'],
    ['53300', 'server'],
    ['57P01', 'server'],
    ['57P03', 'server'],
    ['40001', 'server'],
    ['40P01', 'server'],
    ['XX000', 'server'],
    ['3D000', 'server'],
    ['25006', 'server'],
    ['0A000', 'server'],
    ['42883', 'schema'],
    ['42P01', 'schema'],
    ['3F000', 'schema'],
    ['42703', 'schema'],
    ['22021', 'data'],
    ['22P05', 'data'],
    ['23502', 'data'],
    ['53200', 'size'],
    ['53400', 'size'],
    ['54000', 'size'],
    ['42601', 'bug'],
    ['25001', 'bug'],
  ] as const)
    it(`take SQLSTATE ${code} as a fault of the ${fault}`, () => {
      assert.equal(databaseFault(withState(code)), fault);
    });

  it('take what has no SQLSTATE as a broken connection', () => {
    assert.equal(databaseFault(new Error('Connection terminated unexpectedly')), 'server');
    // Five capitals, like an SQLSTATE, but from the system and not from the server.
    assert.equal(sqlState(Object.assign(new Error('broken pipe'), { code: 'EPIPE' })), null);
  });

  it('are retriable unless waiting cannot help', () => {
    assert.equal(databaseError(withState('57P01'), 'storing').retriable, true);
    assert.equal(databaseError(withState('42P01'), 'storing').retriable, true);
    assert.equal(databaseError(withState('42601'), 'storing').code, 'TACTUS_INVARIANT');
  });

  it('say what sets the schema up when it is not there', () => {
    assert.match(databaseError(withState('3F000'), 'storing').message, /tactus db migrate/);
  });
});

describe('the pool', () => {
  let database: TestDatabase;
  before(async () => {
    database = await startDatabase();
  });
  after(() => database.stop());

  it('keeps nothing of a transaction whose work failed, and goes on', async () => {
    await database.pool.query('CREATE TABLE kept (n int)');
    const failing = inTransaction(database.pool, 'counting', async (client) => {
      await client.query('INSERT INTO kept VALUES (1)');
      await client.query('SELECT 1 / 0');
    });
    await assert.rejects(failing, TactusError);
    await inTransaction(database.pool, 'counting', (client) => client.query('INSERT INTO kept VALUES (2)'));
    const { rows } = await database.pool.query('SELECT n FROM kept');
    assert.deepEqual(rows, [{ n: 2 }]);
  });

  it('survives a server that goes away under idle and busy connections, and uses the next one', async () => {
    const pool = poolTo(database.url);
    await Promise.all([pool.query('SELECT 1'), pool.query('SELECT 2')]);
    const held = await pool.connect();
    await database.server.stop();
    await assert.rejects(held.query('SELECT 1'), (error) => databaseFault(error) === 'server');
    held.release(true);
    await assert.rejects(pool.query('SELECT 1'), (error) => databaseFault(error) === 'server');
    await database.server.start();
    const { rows } = await pool.query('SELECT 3 AS n');
    assert.deepEqual(rows, [{ n: 3 }]);
    await pool.end();
  });
});
