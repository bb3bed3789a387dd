import { RedisAnswers } from '../../../shared/adapters/redis/answer-store.js';
import { createRedis } from '../../../shared/adapters/redis/client.js';
import { messageOf } from '../../../shared/core/errors.js';
import type { WorkerContext } from '../../../shared/process/context.js';
import { RareWarning } from '../../../shared/runners/rare-warning.js';
import { AnswerCache, type CacheResult } from './answer-cache.js';

export interface OpenCache {
  /** Null where none is configured. */
  readonly cache: AnswerCache | null;
  close(): void;
}

/** Answers in Redis, which may be away: then each is read anew. */
export function openCache(
  context: Pick<WorkerContext, 'config' | 'log' | 'name' | 'clock'>,
  counted: (result: CacheResult) => void,
): OpenCache {
  const { config, clock, log } = context;
  const { cache, cacheTimeoutMs, cacheHotMs, cacheWarmMs, cacheColdMs, cacheMaxBytes, cacheMaxAnswers } =
    config.api;
  if (cache === 'none') return { cache: null, close: () => {} };
  const redis = createRedis(context);
  const warning = new RareWarning();
  const store = new RedisAnswers(redis, {
    prefix: `tactus:${config.kafka.topicPrefix}`,
    timeoutMs: cacheTimeoutMs,
    mostKeptMs: Math.max(cacheHotMs, cacheWarmMs, cacheColdMs),
    most: cacheMaxAnswers,
  });
  const failed = (error: unknown) => {
    const times = warning.add(1, clock.now());
    if (times > 0)
      log.warn({ error, times }, `Redis keeps no answers, each is read anew: ${messageOf(error)}`);
  };
  const keptMs = { hot: cacheHotMs, warm: cacheWarmMs, cold: cacheColdMs };
  return {
    cache: new AnswerCache({ store, clock, keptMs, maxBytes: cacheMaxBytes, counted, failed }),
    close: () => redis.disconnect(),
  };
}
