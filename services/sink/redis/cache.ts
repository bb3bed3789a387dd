import { type Redis, redisError } from '../../../shared/adapters/redis/client.js';
import type { LatestEntry, WindowEntry } from './entries.js';

/** See the configuration keys of the sink. */
export interface CacheLimits {
  readonly ttlMs: number;
  readonly maxSeries: number;
  readonly maxWindows: number;
}

export interface CacheCounts {
  readonly stored: number;
  readonly unchanged: number;
}

/** Series or windows per call of a script, which blocks every other client of the server. */
const ENTRIES_PER_CALL = 500;

/** Calls per round trip. */
const CALLS_PER_PIPELINE = 64;

/**
 * KEYS: hash of payloads, sorted set of times. ARGV: ttl in ms, most series, then series,
 * time and payload of each entry. Removes series that are older than the newest one of the
 * tenant by more than the ttl, then the oldest, down to the limit.
 */
const LATEST = `
local stored = 0
for i = 3, #ARGV, 3 do
  local known = redis.call('ZSCORE', KEYS[2], ARGV[i])
  if not known or tonumber(ARGV[i + 1]) > tonumber(known) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2])
    redis.call('ZADD', KEYS[2], ARGV[i + 1], ARGV[i])
    redis.call('PUBLISH', KEYS[1], ARGV[i + 2])
    stored = stored + 1
  end
end
local newest = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
local stale = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. string.format('%.0f', tonumber(newest) - ARGV[1]), 'LIMIT', 0, 1000)
local over = redis.call('ZCARD', KEYS[2]) - #stale - ARGV[2]
if over > 0 then
  stale = redis.call('ZRANGE', KEYS[2], 0, math.min(#stale + over, 2000) - 1)
end
for _, series in ipairs(stale) do
  redis.call('HDEL', KEYS[1], series)
  redis.call('ZREM', KEYS[2], series)
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return stored`;

/** Windows of one series and definition take no more than this; long ones, of many tags, are fewer. */
const MAX_SERIES_BYTES = 65_536;

/**
 * KEYS: sorted set of one series' windows by start, channel of its tenant, sorted set of the tenant's series by the emission
 * of their newest window. ARGV: ttl in ms, most windows, most series, then start, emission time and payload of each. A window
 * replaces one with the same start that was emitted earlier; with the same emission time the existing one stays. The stalest
 * series leave, down to the limit.
 */
const WINDOWS = `
local stored = 0
local newest = 0
local most = tonumber(ARGV[2])
for i = 4, #ARGV, 3 do
  local known = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[i], ARGV[i])[1]
  if not known or tonumber(ARGV[i + 1]) > cjson.decode(known).emittedAt then
    redis.call('ZREMRANGEBYSCORE', KEYS[1], ARGV[i], ARGV[i])
    redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i + 2])
    redis.call('PUBLISH', KEYS[2], ARGV[i + 2])
    stored = stored + 1
  end
  newest = math.max(newest, tonumber(ARGV[i + 1]))
  most = math.max(1, math.min(most, math.floor(${MAX_SERIES_BYTES} / #ARGV[i + 2])))
end
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -most - 1)
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[3], 'GT', string.format('%.0f', newest), KEYS[1])
local over = redis.call('ZCARD', KEYS[3]) - ARGV[3]
if over > 0 then
  for _, series in ipairs(redis.call('ZRANGE', KEYS[3], 0, math.min(over, 1000) - 1)) do
    redis.call('UNLINK', series)
    redis.call('ZREM', KEYS[3], series)
  end
end
redis.call('PEXPIRE', KEYS[3], ARGV[1])
return stored`;

/**
 * A cache for dashboards, which read it every second instead of the database:
 *
 * - `tactus:latest:<tenant>`: hash, series to JSON of its newest point
 * - `tactus:latest-times:<tenant>`: sorted set, series by the time of that point, or of its arrival if that was earlier
 * - `tactus:windows:<tenant>|<metric>|<window>|<tags>`: sorted set, JSON of the last windows by start
 * - `tactus:window-series:<tenant>`: sorted set, these keys by the emission of their newest window
 *
 * Stored entries are also published as the same JSON: newest points on the channel `tactus:latest:<tenant>`, windows
 * on `tactus:windows:<tenant>`. Records that are read from a topic again are not published.
 *
 * The content is not durable: after a loss it is rebuilt from new records.
 */
export class SeriesCache {
  readonly #redis: Redis;
  readonly #limits: CacheLimits;

  constructor(redis: Redis, limits: CacheLimits) {
    this.#redis = redis;
    this.#limits = limits;
    redis.defineCommand('tactusLatest', { lua: LATEST, numberOfKeys: 2 });
    redis.defineCommand('tactusWindows', { lua: WINDOWS, numberOfKeys: 3 });
  }

  /** @throws TactusError `TACTUS_REDIS_UNAVAILABLE`; storing the same again is harmless. */
  async storeLatest(entries: readonly LatestEntry[]): Promise<CacheCounts> {
    const { ttlMs, maxSeries } = this.#limits;
    const calls = grouped(entries, ({ tenantId }) => tenantId).map(([tenantId, group]) => [
      'tactusLatest',
      `tactus:latest:${tenantId}`,
      `tactus:latest-times:${tenantId}`,
      ttlMs,
      maxSeries,
      ...group.flatMap(({ series, time, payload }) => [series, time, payload]),
    ]);
    return await this.#run(calls, entries.length, 'storing latest values');
  }

  /** @throws TactusError `TACTUS_REDIS_UNAVAILABLE`; storing the same again is harmless. */
  async storeWindows(entries: readonly WindowEntry[]): Promise<CacheCounts> {
    const { ttlMs, maxSeries, maxWindows } = this.#limits;
    const calls = grouped(entries, ({ series }) => series).map(([series, group]) => {
      const tenantId = series.slice(0, series.indexOf('|'));
      return [
        'tactusWindows',
        ...[`tactus:windows:${series}`, `tactus:windows:${tenantId}`, `tactus:window-series:${tenantId}`],
        ...[ttlMs, maxWindows, maxSeries],
        ...group.flatMap(({ start, emittedAt, payload }) => [start, emittedAt, payload]),
      ];
    });
    return await this.#run(calls, entries.length, 'storing windows');
  }

  async #run(calls: (string | number)[][], entries: number, doing: string): Promise<CacheCounts> {
    let stored = 0;
    for (let from = 0; from < calls.length; from += CALLS_PER_PIPELINE) {
      try {
        const replies = await this.#redis.pipeline(calls.slice(from, from + CALLS_PER_PIPELINE)).exec();
        for (const [error, reply] of replies ?? []) {
          if (error !== null) throw error;
          stored += Number(reply);
        }
      } catch (error) {
        throw redisError(error, doing, this.#redis);
      }
    }
    return { stored, unchanged: entries - stored };
  }
}

/** Entries by key, in their order, in groups of at most `ENTRIES_PER_CALL`. */
function grouped<T>(entries: readonly T[], keyOf: (entry: T) => string): [string, T[]][] {
  const groups: [string, T[]][] = [];
  const open = new Map<string, T[]>();
  for (const entry of entries) {
    const key = keyOf(entry);
    let group = open.get(key);
    if (group === undefined || group.length === ENTRIES_PER_CALL) {
      group = [];
      open.set(key, group);
      groups.push([key, group]);
    }
    group.push(entry);
  }
  return groups;
}
