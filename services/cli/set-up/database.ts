import { migrate } from '../../../shared/adapters/postgres/migrate.js';
import { createPool } from '../../../shared/adapters/postgres/pool.js';
import { type Config, loadConfig } from '../../../shared/config/load.js';
import { messageOf } from '../../../shared/core/errors.js';
import { EXIT_CONFIG } from '../../../shared/process/exit-codes.js';
import { Health } from '../../../shared/process/health.js';
import { createLogger } from '../../../shared/process/logger.js';
import { untilItWorks } from '../../../shared/process/wait.js';

/** Making an index on a table full of points may take long. */
const STATEMENT_TIMEOUT_MS = 3_600_000;

/**
 * `tactus db migrate`: waits for the database, brings its schema up to date, prints what it applied.
 *
 * @returns the exit code: 0, 78 for a wrong configuration, 1 when the database cannot be migrated
 */
export async function migrateCommand(): Promise<number> {
  let config: Config;
  try {
    config = loadConfig();
  } catch (error) {
    process.stderr.write(`tactus db migrate: ${messageOf(error)}\n`);
    return EXIT_CONFIG;
  }
  const log = createLogger('db-migrate', config.log.level);
  const context = { config, log, name: 'db-migrate' };
  const pool = createPool(context, { statementTimeoutMs: STATEMENT_TIMEOUT_MS });
  try {
    const applied = await untilItWorks(() => migrate(pool), {
      what: 'the database',
      signal: new AbortController().signal,
      log,
      health: new Health(),
    });
    for (const name of applied) process.stdout.write(`applied ${name}\n`);
    if (applied.length === 0) process.stdout.write('nothing to apply: schema tactus is up to date\n');
    return 0;
  } catch (error) {
    process.stderr.write(`tactus db migrate: ${messageOf(error)}\n`);
    return 1;
  } finally {
    await pool.end();
  }
}
