import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';

/**
 * Elects one of several instances as the leader, by a row that expires on the database's clock.
 *
 * It only avoids duplicate work: two holders at once, as after a long pause of the first, are harmless,
 * because publishing twice is and a mark is deleted only in the version that was read.
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

  /** Acquires or renews the lease; false while another instance holds it. */
  async acquire(): Promise<boolean> {
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

  /** Releases it, so that another instance need not wait for the expiry. */
  async release(): Promise<void> {
    try {
      await this.#pool.query('DELETE FROM tactus.leases WHERE name = $1 AND holder = $2', [
        this.#name,
        this.#holder,
      ]);
    } catch (error) {
      throw databaseError(error, 'releasing the lease');
    }
  }
}
