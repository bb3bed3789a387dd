import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { ServerSpec } from './child-server.js';
import type { Place } from './place.js';

const PROGRAM = fileURLToPath(new URL('./database-process.js', import.meta.url));

/** PostgreSQL with TimescaleDB in WebAssembly, in a node process of its own; see `database-process.ts`. */
export function databaseServer(options: { dataDir: string; place: Place; port: number }): ServerSpec {
  const { dataDir, place, port } = options;
  const folder = join(dataDir, 'database');
  return {
    name: 'database',
    place,
    port,
    command: async () => {
      mkdirSync(dataDir, { recursive: true });
      return { file: process.execPath, args: [PROGRAM, folder, place.host, `${port}`] };
    },
    probe: async () => {
      const connectionString = databaseUrl(place.host, port);
      const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 });
      try {
        await client.connect();
        await client.query('SELECT 1');
      } finally {
        await client.end();
      }
    },
  };
}

/** Connection string of the embedded database. */
export function databaseUrl(host: string, port: number): string {
  return `postgres://postgres:postgres@${host}:${port}/tactus`;
}
