import { Redis } from 'ioredis';
import { messageOf, TactusError } from '../../core/errors.js';
import { backoffMs } from '../../core/retry.js';
import type { WorkerContext } from '../../process/context.js';

export type { Redis };

const CONNECT_TIMEOUT_MS = 5_000;
const COMMAND_TIMEOUT_MS = 10_000;

/**
 * A connection to `redis.url` that is made in the background and made again for ever.
 *
 * Nothing is queued while there is no connection: a command then fails at once and its caller, who
 * still holds the data, tries again. A queue inside the client would be a second, hidden buffer.
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
  // Without a listener ioredis prints each failed attempt; whoever sends a command sees the outage.
  redis.on('error', (error) => log.debug({ error }, `the connection to Redis broke: ${messageOf(error)}`));
  return redis;
}

/** Any error of a command as the retriable one that the outage of a server is. */
export function redisError(error: unknown, doing: string): TactusError {
  if (error instanceof TactusError) return error;
  return new TactusError('TACTUS_REDIS_UNAVAILABLE', `${doing}: ${messageOf(error)}`, { cause: error });
}
