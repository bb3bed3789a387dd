import { once } from 'node:events';
import type { ConnectionOptions } from 'node:tls';
import { Redis } from 'ioredis';
import { tlsSettings } from '../../config/security.js';
import { messageOf, TactusError } from '../../core/errors.js';
import { backoffMs } from '../../core/retry.js';
import { Secret } from '../../files/secret.js';
import { TlsMaterial } from '../../files/tls-files.js';
import type { WorkerContext } from '../../process/context.js';
import { tlsProblem } from '../security/tls-problem.js';

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
  const { url, password, passwordFile } = config.redis;
  const warn = (line: string) => log.warn(line);
  const settings = tlsSettings(config, 'redis', warn);
  const secret = new Secret(password, passwordFile, warn);
  const redis = new Redis(url, {
    lazyConnect: true,
    ...(settings === null
      ? {}
      : { tls: new TlsMaterial(settings, log).liveOptions(new URL(url).hostname) as ConnectionOptions }),
    connectionName: `tactus-${name}`,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: (attempt) => backoffMs(attempt, Math.random()),
  });
  if (password !== '' || passwordFile !== '')
    Object.defineProperty(redis.options, 'password', { get: () => secret.current });
  // Without a listener ioredis prints each failed attempt; callers see the outage by their failed commands.
  redis.on('error', (error) => {
    broken.set(redis, error);
    log.debug({ error }, `the connection to Redis broke: ${messageOf(error)}`);
  });
  redis.on('ready', () => broken.delete(redis));
  if (settings !== null) overTls.add(redis);
  // What comes of it, the events say.
  redis.connect().catch(() => {});
  return redis;
}

const overTls = new WeakSet<Redis>();

/** Why there is no connection: commands that fail because of that do not say so. */
const broken = new WeakMap<Redis, unknown>();

/**
 * Waits until Redis has answered for the first time, or cannot be reached.
 *
 * @throws TactusError `TACTUS_ACCESS_REFUSED` where it refuses access
 */
export async function requireAccess(redis: Redis): Promise<void> {
  if (redis.status !== 'ready') {
    const answered = new AbortController();
    const { signal } = answered;
    await Promise.race([once(redis, 'ready', { signal }), once(redis, 'close', { signal })])
      .catch((error: unknown) => broken.set(redis, error))
      .finally(() => answered.abort());
  }
  const why = redisError(new Error('no connection'), 'connecting', redis);
  if (broken.has(redis) && why.code === 'TACTUS_ACCESS_REFUSED') throw why;
}

/** Any error of a command as a retriable TactusError. */
export function redisError(given: unknown, doing: string, redis: Redis): TactusError {
  if (given instanceof TactusError) return given;
  const error = broken.get(redis) ?? given;
  const refused = accessRefused(error);
  if (refused !== null)
    return new TactusError('TACTUS_ACCESS_REFUSED', `${doing}: ${refused}`, { cause: error });
  // The end of the connection may overtake the reason for it.
  const hint =
    overTls.has(redis) && /ECONNRESET|EPIPE/.test(messageOf(error))
      ? '; if it stays so, Redis does not take the certificate of this process, or its lack of one (TACTUS_REDIS_TLS_CERT_FILE)'
      : '';
  return new TactusError('TACTUS_REDIS_UNAVAILABLE', `${doing}: ${messageOf(error)}${hint}`, {
    cause: error,
  });
}

/** Why Redis does not let this process in, or do what it wants; null for any other error. */
function accessRefused(error: unknown): string | null {
  const tls = tlsProblem(error, 'TACTUS_REDIS');
  if (tls !== null) return `Redis: ${tls}`;
  const message = messageOf(error);
  if (/^(?:WRONGPASS|NOAUTH|ERR AUTH)/.test(message))
    return `Redis refuses the login (${message}): correct REDIS_URL or TACTUS_REDIS_PASSWORD`;
  if (message.startsWith('NOPERM'))
    return `Redis does not permit it (${message}): give it to the user of REDIS_URL with ACL SETUSER`;
  return null;
}
