import type { Pool } from '../../shared/adapters/postgres/pool.js';
import type { Clock, Millis } from '../../shared/core/clock.js';
import { messageOf } from '../../shared/core/errors.js';
import type { Logger } from '../../shared/process/logger.js';

/** Often enough for chunks of a day, and for a server that is started anew each morning. */
const EVERY_MS = 3_600_000;

/**
 * Runs the database's own jobs, which compress and remove what is old, on a server without a
 * scheduler, such as the embedded one. Where there is a scheduler it does nothing.
 *
 * A job that fails is told in the log and run again an hour later: nothing else waits for it.
 */
export class Jobs {
  readonly #pool: Pool;
  readonly #clock: Clock;
  readonly #log: Logger;
  #next: Millis = 0;

  constructor(pool: Pool, clock: Clock, log: Logger) {
    this.#pool = pool;
    this.#clock = clock;
    this.#log = log;
  }

  /** @returns the names of the procedures that were run to their end */
  async runDue(): Promise<string[]> {
    const now = this.#clock.now();
    if (now < this.#next) return [];
    this.#next = now + EVERY_MS;
    const done: string[] = [];
    const attempt = async (job: string, work: () => Promise<unknown>) => {
      try {
        await work();
      } catch (error) {
        this.#log.warn({ error }, `a job of the database failed, ${job}: ${messageOf(error)}`);
      }
    };
    await attempt('looking for jobs', async () => {
      for (const { id, name } of await this.#jobs())
        await attempt(name, async () => {
          await this.#pool.query('CALL run_job($1)', [id]);
          done.push(name);
        });
    });
    return done;
  }

  /** None where the server runs them itself. */
  async #jobs(): Promise<{ id: number; name: string }[]> {
    const { rows } = await this.#pool.query<{ id: number; name: string }>(
      `SELECT job_id AS id, proc_name AS name FROM timescaledb_information.jobs
       WHERE (proc_name = 'policy_compression' OR proc_schema = 'tactus') AND NOT EXISTS (
         SELECT FROM pg_stat_activity WHERE backend_type LIKE 'TimescaleDB Background Worker%')
       ORDER BY job_id`,
    );
    return rows;
  }
}
