import type { Millis } from '../../core/clock.js';
import { TactusError } from '../../core/errors.js';
import { within } from '../../process/wait.js';
import type { Demand, DemandStore } from '../../quotas/demand-store.js';
import { type Redis, redisError } from './client.js';

/**
 * KEYS: a hash, with the end of its time and the demand of each instance. ARGV: instance, milliseconds to keep, its demand, or
 * nothing to take it out. Answers what the others have.
 */
const EXCHANGE_DEMAND = `
local key, instance, keep, own = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if own == '' then redis.call('HDEL', key, instance)
else
  redis.call('HSET', key, instance, string.format('%.0f', now + keep) .. ' ' .. own)
  redis.call('PEXPIRE', key, keep)
end
local others = {}
local all = redis.call('HGETALL', key)
for i = 1, #all, 2 do
  local space = string.find(all[i + 1], ' ', 1, true)
  if tonumber(string.sub(all[i + 1], 1, space - 1)) <= now then redis.call('HDEL', key, all[i])
  elseif all[i] ~= instance then others[#others + 1] = string.sub(all[i + 1], space + 1) end
end
return others
`;

export interface RedisDemandOptions {
  /** What all keys begin with. */
  readonly prefix: string;
  /** How long an answer is waited for. */
  readonly timeoutMs: Millis;
}

type ExchangeDemand = (key: string, instance: string, keepMs: number, own: string) => Promise<string[]>;

/** Demand in Redis, one round trip for all tenants, see {@link EXCHANGE_DEMAND}. */
export class RedisDemand implements DemandStore {
  readonly #exchange: ExchangeDemand;

  constructor(
    private readonly redis: Redis,
    private readonly options: RedisDemandOptions,
  ) {
    redis.defineCommand('exchangeDemand', { numberOfKeys: 1, lua: EXCHANGE_DEMAND });
    this.#exchange = (redis as unknown as { exchangeDemand: ExchangeDemand }).exchangeDemand.bind(redis);
  }

  get ready(): boolean {
    return this.redis.status === 'ready';
  }

  async exchange(instance: string, own: Demand | null, keepMs: Millis): Promise<readonly Demand[]> {
    const { prefix, timeoutMs } = this.options;
    const text = own === null ? '' : JSON.stringify(own);
    const answer = this.#exchange(`${prefix}demand`, instance, keepMs, text);
    const why = `sharing quotas: no answer within ${timeoutMs} ms (TACTUS_QUOTA_REDIS_TIMEOUT_MS)`;
    try {
      const others = await within(answer, timeoutMs, () => new TactusError('TACTUS_REDIS_UNAVAILABLE', why));
      return others.map((one) => JSON.parse(one) as Demand);
    } catch (error) {
      answer.catch(() => {});
      throw redisError(error, 'sharing quotas', this.redis);
    }
  }
}
