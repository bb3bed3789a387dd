import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';

/**
 * Says which of several instances does a job, by a row with an expiry on the database's clock.
 *
 * It saves double work and no more: two holders at once, as after a long pause of the first, are
 * harmless, because publishing twice is and a mark is only taken away by who has seen its last change.
 */
export class Lease {
  readonly #pool: Pool;
  readonly #name: string;
  readonly #holder: string;
  readonly #leaseMs: number;

  /** @param holder unique to this instance */
  constructor(pool: Pool, name: string, holder: string, leaseMs: number) {
    this.#pool = pool;
    this.#name = name;
    this.#holder = holder;
    this.#leaseMs = leaseMs;
  }

  /** Takes the lease, or renews it; false while another instance holds it. */
  async hold(): Promise<boolean> {
    try {
      const { rowCount } = await this.#pool.query(
        `INSERT INTO tactus.leases AS held (name, holder, expires_at)
         VALUES ($1, $2, clock_timestamp() + $3 * INTERVAL '1 millisecond')
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
         WHERE held.holder = excluded.holder OR held.expires_at <= clock_timestamp()`,
        [this.#name, this.#holder, this.#leaseMs],
      );
      return rowCount === 1;
    } catch (error) {
      throw databaseError(error, 'renewing the lease');
    }
  }

  /** Gives it back, so that another instance need not wait for the expiry. */
  async release(): Promise<void> {
    try {
      await this.#pool.query('DELETE FROM tactus.leases WHERE name = $1 AND holder = $2', [
        this.#name,
        this.#holder,
      ]);
    } catch (error) {
      throw databaseError(error, 'giving back the lease');
    }
  }
}
