import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedServer, startStack } from '../../../../services/up/embedded/stack.js';
import { createPool, type Pool } from '../../../../shared/adapters/postgres/pool.js';
import { loadConfig } from '../../../../shared/config/load.js';
import { createLogger } from '../../../../shared/process/logger.js';

/** A database of a test's own, empty, that the test may break. */
export interface TestDatabase {
  readonly url: string;
  readonly server: EmbeddedServer;
  readonly pool: Pool;
  stop(): Promise<void>;
}

export async function startDatabase(): Promise<TestDatabase> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tactus-database-'));
  const stack = await startStack({ dataDir, only: ['database'] });
  const url = stack.env.DATABASE_URL;
  const pool = poolTo(url);
  return {
    url,
    server: stack.servers.database,
    pool,
    stop: async () => {
      await pool.end();
      await stack.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export function poolTo(url: string): Pool {
  const config = loadConfig({ DATABASE_URL: url });
  const log = createLogger('test', 'silent');
  return createPool({ config, log, name: 'test' }, { statementTimeoutMs: 60_000 });
}
