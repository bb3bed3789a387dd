import type { Millis } from '../../core/clock.js';
import { TactusError } from '../../core/errors.js';
import { within } from '../../process/wait.js';
import { burstMsOf } from '../../quotas/meter.js';
import type { Granted, QuotaStore, SharedMeter } from '../../quotas/quota-store.js';
import { type Redis, redisError } from './client.js';
import { TAKE_QUOTA } from './take-quota.js';

export interface RedisQuotaOptions {
  /** What all keys begin with. */
  readonly prefix: string;
  /** How long an answer is waited for. */
  readonly timeoutMs: Millis;
  /** In place of the time of Redis. */
  readonly now?: () => Millis;
}

type TakeQuota = (key: string, ...args: (string | number)[]) => Promise<string[]>;

/** Meters in Redis, see {@link TAKE_QUOTA}. */
export class RedisQuotas implements QuotaStore {
  readonly #take: TakeQuota;

  constructor(
    private readonly redis: Redis,
    private readonly options: RedisQuotaOptions,
  ) {
    redis.defineCommand('takeQuota', { numberOfKeys: 1, lua: TAKE_QUOTA });
    this.#take = (redis as unknown as { takeQuota: TakeQuota }).takeQuota.bind(redis);
  }

  get ready(): boolean {
    return this.redis.status === 'ready';
  }

  async take(meters: readonly SharedMeter[]): Promise<readonly Granted[]> {
    const { timeoutMs, prefix, now } = this.options;
    const why = `counting quotas: no answer within ${timeoutMs} ms (TACTUS_QUOTA_REDIS_TIMEOUT_MS)`;
    // They go out together.
    const answers = Promise.all(
      meters.map(async ({ id, algorithm, rate, least, want }) => {
        const { perSecond, burstS } = rate;
        const key = `${prefix}quota:${algorithm}:${id}`;
        return read(
          await this.#take(key, algorithm, perSecond, burstMsOf(burstS), least, want, now?.() ?? 0),
        );
      }),
    );
    try {
      return await within(answers, timeoutMs, () => new TactusError('TACTUS_REDIS_UNAVAILABLE', why));
    } catch (error) {
      answers.catch(() => {});
      throw redisError(error, 'counting quotas', this.redis);
    }
  }
}

function read(answer: readonly string[]): Granted {
  const [amount = 0, remaining = 0, wait = 0, reset = 0] = answer.map(Number);
  return { amount, remaining, waitMs: unlessNever(wait), resetMs: unlessNever(reset) };
}

function unlessNever(ms: number): Millis {
  return ms < 0 ? Number.POSITIVE_INFINITY : ms;
}
