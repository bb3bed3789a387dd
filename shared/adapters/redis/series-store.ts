import type { Millis } from '../../core/clock.js';
import { TactusError } from '../../core/errors.js';
import { within } from '../../process/wait.js';
import type { SeriesAnswer, SeriesReport, SeriesStore } from '../../quotas/series-store.js';
import { type Redis, redisError } from './client.js';
import { COUNT_SERIES } from './count-series.js';

export interface RedisSeriesOptions {
  /** What all keys begin with. */
  readonly prefix: string;
  /** How long an answer is waited for. */
  readonly timeoutMs: Millis;
  /** How long a partition counts that nobody counts in any more; 10 minutes by default. */
  readonly keepMs?: Millis;
}

/** Longer than a partition is without a holder after one was killed, with its state to be restored. */
const KEEP_MS = 600_000;
const OUTCOMES = ['counted', 'lost', 'taken'] as const;

type CountSeries = (key: string, ...args: (string | number)[]) => Promise<number[]>;

/** Series in Redis, see {@link COUNT_SERIES}. */
export class RedisSeries implements SeriesStore {
  readonly #count: CountSeries;

  constructor(
    private readonly redis: Redis,
    private readonly options: RedisSeriesOptions,
  ) {
    redis.defineCommand('countSeries', { numberOfKeys: 1, lua: COUNT_SERIES });
    this.#count = (redis as unknown as { countSeries: CountSeries }).countSeries.bind(redis);
  }

  get ready(): boolean {
    return this.redis.status === 'ready';
  }

  async report(reports: readonly SeriesReport[], expected: number): Promise<readonly SeriesAnswer[]> {
    const { prefix, timeoutMs, keepMs = KEEP_MS } = this.options;
    // They go out together, and are executed in this order.
    const answers = Promise.all(
      reports.map(async ({ partition, token, begins, counts, need, limit }) => {
        const args = [partition, token, begins ? 1 : 0, keepMs, expected, need, limit];
        return read(await this.#count(`${prefix}series`, ...args, ...counts.flat()));
      }),
    );
    const why = `counting series: no answer within ${timeoutMs} ms (TACTUS_QUOTA_REDIS_TIMEOUT_MS)`;
    try {
      return await within(answers, timeoutMs, () => new TactusError('TACTUS_REDIS_UNAVAILABLE', why));
    } catch (error) {
      answers.catch(() => {});
      throw redisError(error, 'counting series', this.redis);
    }
  }
}

function read([outcome = 0, partitions = 0, granted = 0, ...totals]: readonly number[]): SeriesAnswer {
  return { outcome: OUTCOMES[outcome] ?? 'lost', partitions, granted, totals };
}
