import { openRegistry } from '../../../shared/adapters/registry/open-registry.js';
import { TactusError } from '../../../shared/core/errors.js';
import type { Filter, StoredDeadLetter } from '../../../shared/dead-letters/dead-letter.js';
import { DeadLetterReader } from '../../../shared/dead-letters/dead-letter-reader.js';
import {
  type ReplayOptions,
  type ReplayOutcome,
  replayLetters,
} from '../../../shared/dead-letters/replay.js';
import type { SchemaRegistry } from '../../../shared/ports/registry.js';
import type { WorkerContext } from '../../../shared/process/context.js';
import { Turns } from '../http/turns.js';
import { type DecodedValue, decodedValue } from './decoded-value.js';
import { compareLetters, type LetterPlace, NewestLetters, placeOf } from './newest-letters.js';

/** Each reads the whole topic. */
const MAX_AT_ONCE = 2;

/** Of one tenant: the letters asked for. */
export type TenantFilter = Omit<Filter, 'tenant'> & { readonly tenantId: string };

export interface FoundLetters {
  /** Newest first; fewer than were asked for where these are large. */
  readonly letters: readonly StoredDeadLetter[];
  /** How many match, from the place on. */
  readonly total: number;
  /** False where reading took too long, so that some are not among them. */
  readonly complete: boolean;
}

/** One letter, and what its value was decoded to; null where that is in another format than Confluent's. */
export interface OpenedLetter {
  readonly one: StoredDeadLetter;
  readonly decoded: DecodedValue | null;
}

/** Reads and replays dead letters of one tenant, for a bounded time. */
export class DeadLetters {
  readonly #turns: Turns;
  readonly #registry: Pick<SchemaRegistry, 'schemaById'>;

  constructor(private readonly context: WorkerContext) {
    const waitMs = context.config.api.queryTimeoutMs;
    this.#turns = new Turns({ what: 'reading dead letters', most: MAX_AT_ONCE, mostOfTenant: 1, waitMs });
    this.#registry = openRegistry(context);
  }

  /** @param before those that come after it in the list; null for the first */
  async find(
    filter: TenantFilter,
    {
      before,
      limit,
      gone,
    }: { readonly before: LetterPlace | null; readonly limit: number; readonly gone: AbortSignal },
  ): Promise<FoundLetters> {
    return await this.#reading(filter.tenantId, gone, async (reader, signal) => {
      const newest = new NewestLetters(limit);
      for await (const one of reader.read(filter)) {
        if (before !== null && compareLetters(placeOf(one), before) <= 0) continue;
        newest.add(one);
      }
      return { letters: newest.letters(), total: newest.total, complete: !signal.aborted };
    });
  }

  /** @returns null where it is not there any more, or is of another tenant */
  async open(tenantId: string, id: string, gone: AbortSignal): Promise<OpenedLetter | null> {
    return await this.#reading(tenantId, gone, async (reader, signal) => {
      for await (const one of reader.read({ tenantId, id }))
        return { one, decoded: await decodedValue(one.letter.value, this.#registry) };
      signal.throwIfAborted();
      return null;
    });
  }

  /** @returns what was done; not complete where it took too long, and the same request goes on with the rest */
  async replay(
    options: Omit<ReplayOptions, 'tenant'> & { readonly tenantId: string },
    gone: AbortSignal,
  ): Promise<ReplayOutcome & { readonly complete: boolean }> {
    return await this.#bounded(options.tenantId, gone, async (signal) => {
      const outcome = await replayLetters({ ...this.context, stopping: signal }, options);
      return { ...outcome, complete: !signal.aborted };
    });
  }

  /** With a reader that knows which letters have been replayed. */
  async #reading<T>(
    tenantId: string,
    gone: AbortSignal,
    work: (reader: DeadLetterReader, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return await this.#bounded(tenantId, gone, async (signal) => {
      const reader = await DeadLetterReader.open({ ...this.context, stopping: signal });
      try {
        await reader.readMarks();
        return await work(reader, signal);
      } finally {
        await reader.close();
      }
    });
  }

  async #bounded<T>(
    tenantId: string,
    gone: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { config, stopping } = this.context;
    return await this.#turns.take(tenantId, gone, async () => {
      const time = AbortSignal.timeout(config.api.queryTimeoutMs);
      const signal = AbortSignal.any([stopping, gone, time]);
      try {
        return await work(signal);
      } catch (error) {
        if (!signal.aborted) throw error;
        throw new TactusError(
          'TACTUS_KAFKA_UNAVAILABLE',
          `reading dead letters: took longer than ${config.api.queryTimeoutMs} ms (TACTUS_API_QUERY_TIMEOUT_MS)`,
          { cause: error },
        );
      }
    });
  }
}
