import { hash } from 'node:crypto';
import type { Millis } from '../../core/clock.js';
import { TactusError } from '../../core/errors.js';
import type { AnswerStore } from '../../ports/answer-store.js';
import { within } from '../../process/wait.js';
import { type Redis, redisError } from './client.js';

/**
 * KEYS: an answer, and the sorted set of the tenant's answers by when they were put. ARGV: the answer, milliseconds to keep it, most
 * answers, milliseconds to keep the set. The oldest leave, down to the limit.
 */
const PUT_ANSWER = `
local time = redis.call('TIME')
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('ZADD', KEYS[2], time[1] * 1000 + math.floor(time[2] / 1000), KEYS[1])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
local over = redis.call('ZCARD', KEYS[2]) - ARGV[3]
if over > 0 then
  for _, oldest in ipairs(redis.call('ZRANGE', KEYS[2], 0, over - 1)) do redis.call('UNLINK', oldest) end
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, over - 1)
end
`;

export interface RedisAnswersOptions {
  /** What all keys begin with. */
  readonly prefix: string;
  /** How long an answer is waited for. */
  readonly timeoutMs: Millis;
  /** Longest that an answer is kept. */
  readonly mostKeptMs: Millis;
  /** Most answers of a tenant. */
  readonly most: number;
}

type PutAnswer = (
  key: string,
  answers: string,
  answer: string,
  keptMs: Millis,
  most: number,
  mostKeptMs: Millis,
) => Promise<null>;

/** Answers in Redis: those of a tenant have keys of their own, in one slot of a cluster. */
export class RedisAnswers implements AnswerStore {
  readonly #put: PutAnswer;

  constructor(
    private readonly redis: Redis,
    private readonly options: RedisAnswersOptions,
  ) {
    redis.defineCommand('putAnswer', { numberOfKeys: 2, lua: PUT_ANSWER });
    this.#put = (redis as unknown as { putAnswer: PutAnswer }).putAnswer.bind(redis);
  }

  get ready(): boolean {
    return this.redis.status === 'ready';
  }

  async get(tenantId: string, key: string): Promise<string | null> {
    return await this.#within('reading an answer', this.redis.get(this.#key(tenantId, key)));
  }

  async put(tenantId: string, key: string, answer: string, keptMs: Millis): Promise<void> {
    const { most, mostKeptMs } = this.options;
    const names = [this.#key(tenantId, key), this.#of(tenantId, 'answers')] as const;
    await this.#within('keeping an answer', this.#put(...names, answer, keptMs, most, mostKeptMs));
  }

  #key(tenantId: string, key: string): string {
    return `${this.#of(tenantId, 'answer')}:${key}`;
  }

  #of(tenantId: string, what: string): string {
    return `${this.options.prefix}${what}:{${hash('sha256', tenantId)}}`;
  }

  async #within<T>(doing: string, answer: Promise<T>): Promise<T> {
    const { timeoutMs } = this.options;
    const why = `${doing}: no answer within ${timeoutMs} ms (TACTUS_API_CACHE_TIMEOUT_MS)`;
    try {
      return await within(answer, timeoutMs, () => new TactusError('TACTUS_REDIS_UNAVAILABLE', why));
    } catch (error) {
      answer.catch(() => {});
      throw redisError(error, doing, this.redis);
    }
  }
}
