import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import { TactusError } from '../../../shared/core/errors.js';
import { HttpProblem } from '../http/problem.js';

/** A request that has not been answered for so long was cut short, and may be sent again. */
const CUT_SHORT_S = 60;
const KEPT_H = 24;
const CLEANED_EVERY_MS = 60_000;
/** Requests of one caller for a tenant that are remembered: each may have a large answer. */
const MAX_KEPT = 1_000;
const USED = 'the Idempotency-Key was used for another request; allowed is a new one';
const AT_WORK = 'a request of the same Idempotency-Key is at work';
const FULL = `the caller has ${MAX_KEPT} requests with an Idempotency-Key within ${KEPT_H} hours, which is as many as are allowed`;
const KEY = /^[\x21-\x7e]{1,255}$/;

/** What is known of an earlier request of the same key. */
interface Earlier {
  readonly hash: string;
  readonly body: unknown;
  readonly answered: boolean;
  readonly cutShort: boolean;
}

/** What {@link Once} keeps requests in; by who asks and the key of the request. */
export interface RequestStore {
  /** Takes the key for a request; what is there already where it is taken; `full` where the caller has as many as it may. */
  claim(caller: string, key: string, hash: string): Promise<Earlier | 'full' | null>;
  /** Takes over from one that was cut short; false where another was faster. */
  reclaim(caller: string, key: string): Promise<boolean>;
  answered(caller: string, key: string, body: unknown): Promise<void>;
  /** Lets the key be used again. */
  release(caller: string, key: string): Promise<void>;
}

/**
 * Does what a request asks for once, however often it is sent with the same header `Idempotency-Key`
 * (draft-ietf-httpapi-idempotency-key-header-07): the later ones are answered as the first was, for a day. One that was
 * refused or failed may be sent again. Without the header each request is done.
 */
export class Once {
  constructor(private readonly requests: RequestStore) {}

  /**
   * @param stored what is kept of the answer, which the later ones get
   * @throws TactusError `TACTUS_CONFLICT` (409, 422), `TACTUS_QUOTA_EXCEEDED` (429), `TACTUS_REQUEST_INVALID`
   */
  async answer<T>(
    request: FastifyRequest,
    reply: FastifyReply,
    status: number,
    work: () => Promise<T>,
    stored: (answer: T) => T = (answer) => answer,
  ): Promise<T> {
    reply.code(status);
    const key = request.headers['idempotency-key'];
    if (key === undefined) return await work();
    if (typeof key !== 'string' || !KEY.test(key))
      throw new TactusError(
        'TACTUS_REQUEST_INVALID',
        'the header Idempotency-Key: must be 1 to 255 visible ASCII characters',
      );
    const { caller, tenantId } = request.asking;
    const who = `${caller.kind}:${caller.id}|${tenantId}`;
    const hash = hashOf(request);
    const earlier = await this.requests.claim(who, key, hash);
    if (earlier === 'full')
      throw new HttpProblem(429, 'TACTUS_QUOTA_EXCEEDED', FULL, { 'retry-after': '3600' });
    if (earlier !== null) {
      if (earlier.hash !== hash) throw new HttpProblem(422, 'TACTUS_CONFLICT', USED);
      if (earlier.answered) {
        reply.header('idempotent-replayed', 'true');
        return earlier.body as T;
      }
      if (!earlier.cutShort || !(await this.requests.reclaim(who, key)))
        throw new HttpProblem(409, 'TACTUS_CONFLICT', AT_WORK, { 'retry-after': '1' });
    }
    let answer: T;
    try {
      answer = await work();
    } catch (error) {
      await this.requests.release(who, key).catch(() => {});
      throw error;
    }
    await this.requests.answered(who, key, stored(answer));
    return answer;
  }
}

function hashOf({ method, url, body, headers }: FastifyRequest): string {
  const hash = createHash('sha256');
  try {
    hash.update(JSON.stringify([method, url, body ?? null, headers['if-match'] ?? null]));
  } catch {
    // JSON that can be read, and not be written again.
    throw new TactusError('TACTUS_REQUEST_INVALID', 'body: is nested too deeply');
  }
  return hash.digest('base64url');
}

/** In the database, so that it does not matter which instance of the API a repetition comes to. */
export class StoredRequests implements RequestStore {
  #cleanedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly pool: Pool) {}

  async claim(caller: string, key: string, hash: string): Promise<Earlier | 'full' | null> {
    await this.#clean();
    const { rowCount } = await this.#query(
      `INSERT INTO tactus.api_requests (caller, key, hash)
       SELECT $1::text, $2::text, $3::text
       WHERE (SELECT count(*) FROM tactus.api_requests WHERE caller = $1::text) < $4::bigint
       ON CONFLICT DO NOTHING`,
      [caller, key, hash, MAX_KEPT],
    );
    if (rowCount === 1) return null;
    const { rows } = await this.#query(
      `SELECT hash, answer->'body' AS body, answer->>'text' AS text, answer IS NOT NULL AS answered,
         created_at < now() - make_interval(secs => $3) AS "cutShort"
       FROM tactus.api_requests WHERE caller = $1 AND key = $2`,
      [caller, key, CUT_SHORT_S],
    );
    const [row] = rows as (Earlier & { readonly text: string | null })[];
    if (row === undefined) return await this.#notThere(caller, hash);
    const { text, ...earlier } = row;
    // An earlier version kept it as it is.
    return text === null ? earlier : { ...earlier, body: JSON.parse(text) };
  }

  /** Neither taken nor found: there was no room, or it was released in the meantime, which is as if it were at work still. */
  async #notThere(caller: string, hash: string): Promise<Earlier | 'full'> {
    const { rows } = await this.#query(
      'SELECT count(*) >= $2::bigint AS full FROM tactus.api_requests WHERE caller = $1',
      [caller, MAX_KEPT],
    );
    const [row] = rows as { readonly full: boolean }[];
    return row?.full === true ? 'full' : { hash, body: null, answered: false, cutShort: false };
  }

  async reclaim(caller: string, key: string): Promise<boolean> {
    const { rowCount } = await this.#query(
      `UPDATE tactus.api_requests SET created_at = now()
       WHERE caller = $1 AND key = $2 AND answer IS NULL AND created_at < now() - make_interval(secs => $3)`,
      [caller, key, CUT_SHORT_S],
    );
    return rowCount === 1;
  }

  async answered(caller: string, key: string, body: unknown): Promise<void> {
    await this.#query('UPDATE tactus.api_requests SET answer = $3 WHERE caller = $1 AND key = $2', [
      // As a text: of what a comment may have, jsonb takes neither U+0000 nor half of a surrogate pair.
      ...[caller, key, JSON.stringify({ text: JSON.stringify(body ?? null) })],
    ]);
  }

  async release(caller: string, key: string): Promise<void> {
    await this.#query('DELETE FROM tactus.api_requests WHERE caller = $1 AND key = $2', [caller, key]);
  }

  async #clean(): Promise<void> {
    const now = performance.now();
    if (now - this.#cleanedAt < CLEANED_EVERY_MS) return;
    this.#cleanedAt = now;
    await this.#query(
      'DELETE FROM tactus.api_requests WHERE created_at < now() - make_interval(hours => $1)',
      [KEPT_H],
    );
  }

  async #query(sql: string, values: readonly unknown[]) {
    try {
      return await this.pool.query(sql, [...values]);
    } catch (error) {
      throw databaseError(error, 'remembering requests by their Idempotency-Key');
    }
  }
}
