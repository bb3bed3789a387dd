import { Redis } from 'ioredis';
import { messageOf, TactusError } from '../../core/errors.js';
import { backoffMs } from '../../core/retry.js';
import type { WorkerContext } from '../../process/context.js';

export type { Redis };

const CONNECT_TIMEOUT_MS = 5_000;
const COMMAND_TIMEOUT_MS = 10_000;

/**
 * A connection to `redis.url` that is opened in the background and reopened for ever.
 *
 * Commands are not queued while there is no connection: they fail at once, and the caller, which still has
 * the data, retries. A queue in the client would be a second, hidden buffer.
 */
export function createRedis(context: Pick<WorkerContext, 'config' | 'log' | 'name'>): Redis {
  const { config, log, name } = context;
  const redis = new Redis(config.redis.url, {
    connectionName: `tactus-${name}`,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: (attempt) => backoffMs(attempt, Math.random()),
  });
  // Without a listener ioredis prints each failed attempt; callers see the outage by their failed commands.
  redis.on('error', (error) => log.debug({ error }, `the connection to Redis broke: ${messageOf(error)}`));
  return redis;
}

/** Any error of a command as a retriable TactusError. */
export function redisError(error: unknown, doing: string): TactusError {
  if (error instanceof TactusError) return error;
  return new TactusError('TACTUS_REDIS_UNAVAILABLE', `${doing}: ${messageOf(error)}`, { cause: error });
}
