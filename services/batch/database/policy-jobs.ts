import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Clock, Millis } from '../../../shared/core/clock.js';
import { messageOf } from '../../../shared/core/errors.js';
import type { Logger } from '../../../shared/process/logger.js';

/** Often enough for chunks of a day, and for a server that only runs during the day. */
const INTERVAL_MS = 3_600_000;

/**
 * Runs TimescaleDB's compression and retention jobs on a server without a scheduler, such as the embedded
 * one. With a scheduler it does nothing.
 *
 * A job that fails is logged and run again an hour later; it does not affect other work.
 */
export class PolicyJobs {
  readonly #pool: Pool;
  readonly #clock: Clock;
  readonly #log: Logger;
  #nextAt: Millis = 0;

  constructor(pool: Pool, clock: Clock, log: Logger) {
    this.#pool = pool;
    this.#clock = clock;
    this.#log = log;
  }

  /** @returns names of the procedures that succeeded */
  async runDue(): Promise<string[]> {
    const now = this.#clock.now();
    if (now < this.#nextAt) return [];
    this.#nextAt = now + INTERVAL_MS;
    const done: string[] = [];
    const attempt = async (job: string, work: () => Promise<unknown>) => {
      try {
        await work();
      } catch (error) {
        this.#log.warn({ error }, `a database job failed, ${job}: ${messageOf(error)}`);
      }
    };
    await attempt('listing jobs', async () => {
      for (const { id, name } of await this.#jobs())
        await attempt(name, async () => {
          await this.#pool.query('CALL run_job($1)', [id]);
          done.push(name);
        });
    });
    return done;
  }

  /** Empty when the server has a scheduler. */
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
