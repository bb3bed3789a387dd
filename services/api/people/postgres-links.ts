import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { LinkStore, StoredLink } from './login-links.js';

interface LinkRow {
  readonly user_id: string;
  readonly epoch: string;
  readonly expires_ms: number;
}

/** {@link LinkStore} in PostgreSQL. */
export class PostgresLinks implements LinkStore {
  constructor(private readonly pool: Pool) {}

  async put({ userId, hash, epoch, expiresAt }: StoredLink): Promise<void> {
    await this.#rows(
      'storing a link to log in',
      `INSERT INTO tactus.login_links (user_id, hash, epoch, expires_at)
       SELECT id, $2, $3, to_timestamp($4::float8 / 1000) FROM tactus.users WHERE id = $1
       ON CONFLICT (user_id) DO UPDATE SET hash = $2, epoch = $3, expires_at = to_timestamp($4::float8 / 1000)`,
      [userId, hash, epoch, expiresAt],
    );
  }

  async find(hash: Buffer): Promise<StoredLink | null> {
    const [row] = await this.#rows<LinkRow>(
      'looking for a link to log in',
      `SELECT user_id, epoch, (extract(epoch FROM expires_at) * 1000)::float8 AS expires_ms
       FROM tactus.login_links WHERE hash = $1`,
      [hash],
    );
    if (row === undefined) return null;
    return { userId: row.user_id, hash, epoch: Number(row.epoch), expiresAt: row.expires_ms };
  }

  async take(hash: Buffer): Promise<boolean> {
    const rows = await this.#rows(
      'using a link to log in',
      'DELETE FROM tactus.login_links WHERE hash = $1 RETURNING user_id',
      [hash],
    );
    return rows.length > 0;
  }

  async #rows<R extends object>(doing: string, sql: string, values: readonly unknown[]): Promise<R[]> {
    try {
      return (await this.pool.query<R>(sql, [...values])).rows;
    } catch (error) {
      throw databaseError(error, doing);
    }
  }
}
