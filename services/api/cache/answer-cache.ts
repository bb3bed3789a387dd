import { hash } from 'node:crypto';
import type { Clock, Millis } from '../../../shared/core/clock.js';
import type { AnswerStore } from '../../../shared/ports/answer-store.js';
import { CircuitBreaker } from '../../../shared/resilience/circuit-breaker.js';
import type { TenantReader } from '../queries/tenant-database.js';

/** What became of a question; `joined` had the answer to an equal one that was being computed. */
export const CACHE_RESULTS = ['hit', 'miss', 'joined', 'bypassed', 'failed'] as const;
export type CacheResult = (typeof CACHE_RESULTS)[number];

export interface CacheOptions {
  readonly store: AnswerStore;
  readonly clock: Clock;
  /** How long answers are kept whose range reaches into the last hour, into the last day, or is older. */
  readonly keptMs: { readonly hot: Millis; readonly warm: Millis; readonly cold: Millis };
  /** Larger answers are not kept. */
  readonly maxBytes: number;
  readonly counted: (result: CacheResult) => void;
  /** The store could not be asked. */
  readonly failed: (error: unknown) => void;
}

/** A question about stored points or roll-ups, whose answer is the same until something of its range changes. */
export interface Question {
  readonly tenantId: string;
  readonly start: Millis;
  readonly end: Millis;
  /** All that the answer depends on, besides what is stored. */
  readonly asked: readonly unknown[];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** With a time-out of 50 ms, a store that hangs costs 150 ms in every five seconds. */
const BREAKER = { failures: 3, openMs: 5_000 } as const;
/** The least that a point takes in an answer. */
const BYTES_OF_POINT = 16;
/** Of what is kept; another one is of another version of this program. */
const FORMAT = 1;

/**
 * Keeps answers as long as nothing that they were made of has changed: the database counts the changes of each hour, and is
 * asked for that count each time, before anything is read. So what was stored before a question is in its answer.
 */
export class AnswerCache {
  readonly #breaker = new CircuitBreaker(BREAKER);
  readonly #running = new Map<string, Promise<unknown>>();

  constructor(private readonly options: CacheOptions) {}

  /**
   * @param points of an answer, roughly
   * @param compute reads the answer
   */
  async answer<T>(
    reader: TenantReader,
    question: Question,
    points: (answer: T) => number,
    compute: () => Promise<T>,
  ): Promise<T> {
    const { counted } = this.options;
    const { tenantId, start, end, asked } = question;
    const key = hash('sha256', JSON.stringify([FORMAT, tenantId, start, end, ...asked]));
    const stored = this.#lookUp(tenantId, key);
    if (stored === null) {
      counted('bypassed');
      return await compute();
    }
    const [kept, changes] = await Promise.all([stored, changesOf(reader, start, end)]);
    if (changes === null || kept === undefined) {
      counted(changes === null ? 'bypassed' : 'failed');
      return await compute();
    }
    const found = keptAnswer<T>(kept, changes);
    if (found !== null) {
      counted('hit');
      return found.answer;
    }
    return await this.#once(`${key} ${changes}`, compute, (answer) => {
      if (points(answer) * BYTES_OF_POINT > this.options.maxBytes) return;
      this.#keep(question, key, JSON.stringify({ changes, answer }));
    });
  }

  /** Of equal questions at the same time the first one reads; the others take its answer, which is as new as they need. */
  async #once<T>(name: string, compute: () => Promise<T>, done: (answer: T) => void): Promise<T> {
    const { counted } = this.options;
    const running = this.#running.get(name) as Promise<T> | undefined;
    if (running !== undefined) {
      const answer = await running.catch(() => null);
      counted(answer === null ? 'miss' : 'joined');
      // Its client may have gone.
      return answer ?? (await compute());
    }
    counted('miss');
    const computed = compute();
    this.#running.set(name, computed);
    try {
      const answer = await computed;
      done(answer);
      return answer;
    } finally {
      this.#running.delete(name);
    }
  }

  /** Null where the store is not asked; undefined is what an answer comes to that it could not give. */
  #lookUp(tenantId: string, key: string): Promise<string | null | undefined> | null {
    const { store, clock } = this.options;
    if (!store.ready || !this.#breaker.allows(clock.now())) return null;
    this.#breaker.began();
    return store.get(tenantId, key).then(
      (kept) => {
        this.#breaker.succeeded();
        return kept;
      },
      (error: unknown) => this.#broken(error),
    );
  }

  #broken(error: unknown): undefined {
    this.#breaker.failed(this.options.clock.now());
    this.options.failed(error);
  }

  /** Nobody waits for it. */
  #keep({ tenantId, end }: Question, key: string, answer: string): void {
    const { store, clock, keptMs, maxBytes } = this.options;
    if (Buffer.byteLength(answer) > maxBytes || !this.#breaker.allows(clock.now())) return;
    const age = clock.now() - end;
    const kept = age < HOUR_MS ? keptMs.hot : age < DAY_MS ? keptMs.warm : keptMs.cold;
    store.put(tenantId, key, answer, kept).catch((error: unknown) => this.#broken(error));
  }
}

/** How often what is stored of a range has changed; null where that is not known. */
async function changesOf(reader: TenantReader, start: Millis, end: Millis): Promise<string | null> {
  const [row] = await reader.rows<{ changes: string | null }>(
    'SELECT tactus_tenant.changes($1, $2) AS changes',
    [new Date(start), new Date(end)],
  );
  return row?.changes ?? null;
}

function keptAnswer<T>(kept: string | null, changes: string): { readonly answer: T } | null {
  if (kept === null) return null;
  try {
    const found = JSON.parse(kept) as { changes: string; answer: T };
    return found.changes === changes ? found : null;
  } catch {
    return null;
  }
}
