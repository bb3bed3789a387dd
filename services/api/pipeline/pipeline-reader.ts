import type { Millis } from '../../../shared/core/clock.js';
import { messageOf, TactusError } from '../../../shared/core/errors.js';
import type { Logger } from '../../../shared/process/logger.js';
import { sleep, within } from '../../../shared/process/wait.js';
import type { PipelineSample } from './sample.js';

/** Rates are those of so long. */
export const RATE_MS: Millis = 60_000;
/** For so long after the last question it goes on, so that the next one has rates. */
const ASKED_MS: Millis = 120_000;
/** In intervals: an answer that is older is waited for. */
const FRESH_INTERVALS = 2;

export interface PipelineReaderOptions {
  /** @param before the newest sample */
  readonly take: (before: PipelineSample | null) => Promise<PipelineSample>;
  readonly everyMs: Millis;
  /** Longest that a question waits for a sample. */
  readonly waitMs: Millis;
  readonly now: () => Millis;
  readonly log: Pick<Logger, 'warn'>;
}

/**
 * Looks at the pipeline from time to time, as long as somebody asks: one sample at a time in a process, however many
 * ask, so that requests make no load on Kafka.
 */
export class PipelineReader {
  readonly #ended = new AbortController();
  #samples: PipelineSample[] = [];
  #askedAt: Millis = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | null = null;
  #next = Promise.withResolvers<void>();

  constructor(private readonly options: PipelineReaderOptions) {
    // Nobody may be waiting for it.
    this.#next.promise.catch(() => {});
  }

  /**
   * Samples of about {@link RATE_MS}, the newest last, and at least one.
   *
   * @throws TactusError where Kafka does not answer
   */
  async read(): Promise<readonly PipelineSample[]> {
    const { now, everyMs, waitMs } = this.options;
    this.#askedAt = now();
    this.#running ??= this.#run();
    const newest = this.#samples.at(-1);
    if (newest !== undefined && now() - newest.at <= FRESH_INTERVALS * everyMs) return this.#samples;
    await within(
      this.#next.promise,
      waitMs,
      () =>
        new TactusError(
          'TACTUS_KAFKA_UNAVAILABLE',
          `Kafka has not said within ${waitMs} ms how records flow (TACTUS_API_QUERY_TIMEOUT_MS)`,
        ),
    );
    return this.#samples;
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { everyMs, now } = this.options;
    while (!this.#ended.signal.aborted && now() - this.#askedAt <= ASKED_MS) {
      await this.#look();
      await sleep(everyMs, this.#ended.signal);
    }
    this.#running = null;
  }

  async #look(): Promise<void> {
    const { take, log, now } = this.options;
    const { resolve, reject } = this.#next;
    try {
      const sample = await take(this.#samples.at(-1) ?? null);
      const since = now() - RATE_MS;
      // One from before: rates are those of the whole time.
      const first = this.#samples.findLastIndex(({ at }) => at <= since);
      this.#samples = [...this.#samples.slice(Math.max(0, first)), sample];
      resolve();
    } catch (error) {
      log.warn({ error }, `looking at the pipeline: ${messageOf(error)}`);
      reject(error);
    }
    this.#next = Promise.withResolvers();
    this.#next.promise.catch(() => {});
  }
}
