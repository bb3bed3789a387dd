import { databaseError } from '../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../shared/adapters/postgres/pool.js';
import type { Clock, Millis } from '../../shared/core/clock.js';

/** Often enough for chunks of a day, and for a server that is started anew each morning. */
const EVERY_MS = 3_600_000;

/**
 * Runs the database's own jobs, which compress and remove what is old, on a server without a
 * scheduler, such as the embedded one. Where there is a scheduler it does nothing.
 */
export class Jobs {
  readonly #pool: Pool;
  readonly #clock: Clock;
  #next: Millis = 0;

  constructor(pool: Pool, clock: Clock) {
    this.#pool = pool;
    this.#clock = clock;
  }

  /** @returns the names of the procedures that were run */
  async runDue(): Promise<string[]> {
    const now = this.#clock.now();
    if (now < this.#next) return [];
    try {
      const { rows } = await this.#pool.query<{ id: number; name: string }>(
        `SELECT job_id AS id, proc_name AS name FROM timescaledb_information.jobs
         WHERE (proc_name = 'policy_compression' OR proc_schema = 'tactus') AND NOT EXISTS (
           SELECT FROM pg_stat_activity WHERE backend_type LIKE 'TimescaleDB Background Worker%')
         ORDER BY job_id`,
      );
      for (const { id } of rows) await this.#pool.query('CALL run_job($1)', [id]);
      this.#next = now + EVERY_MS;
      return rows.map(({ name }) => name);
    } catch (error) {
      throw databaseError(error, 'running the jobs of the database');
    }
  }
}
