import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { ServerSpec } from './child-server.js';

const PROGRAM = fileURLToPath(new URL('./database-process.js', import.meta.url));

/** PostgreSQL with TimescaleDB in WebAssembly, in a node process of its own; see `database-process.ts`. */
export function databaseServer(options: { dataDir: string; port: number }): ServerSpec {
  const { dataDir, port } = options;
  const folder = join(dataDir, 'database');
  return {
    name: 'database',
    port,
    command: async () => {
      mkdirSync(dataDir, { recursive: true });
      return { file: process.execPath, args: [PROGRAM, folder, `${port}`] };
    },
    probe: async () => {
      const client = new pg.Client({ connectionString: databaseUrl(port), connectionTimeoutMillis: 2_000 });
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
export function databaseUrl(port: number): string {
  return `postgres://postgres:postgres@127.0.0.1:${port}/tactus`;
}
