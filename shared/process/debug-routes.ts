import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LOG_LEVELS } from '../config/sections/process.js';
import type { Logger, LogLevel } from './logger.js';
import { PROFILES, type ProfileType, takeProfile } from './profiler.js';

/** A profile costs a few per cent of the CPU, and its samples memory. */
const MAX_SECONDS = 120;
const DEFAULT_SECONDS = 30;

/** Answers a request, if it is for one of its paths. */
export type StatusRoutes = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * `PUT /loglevel?level=debug` and `GET /debug/profile?seconds=30&type=cpu`, for who has the token. Without one they are
 * off: behind a proxy in the same pod everybody comes from the loopback address.
 *
 * @param token null for none
 */
export function debugRoutes(token: string | null, level: LogLevel, log: Logger): StatusRoutes {
  let profiling = false;
  return (request, response) => {
    // No URL: whatever is asked for, such as "//", is answered and ends nothing.
    const [path, query = ''] = (request.url ?? '/').split('?', 2);
    const isLevel = path === '/loglevel';
    if (!isLevel && path !== '/debug/profile') return false;
    const parameters = new URLSearchParams(query);
    const end = (status: number, text: string) => {
      response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`);
      return true;
    };
    if (token === null) return end(404, 'off: set TACTUS_DEBUG_TOKEN to use it');
    if (!isToken(request.headers.authorization, token))
      return end(401, 'needs "Authorization: Bearer" and TACTUS_DEBUG_TOKEN');
    if (isLevel) {
      if (request.method === 'GET') return end(200, level.name);
      if (request.method !== 'PUT') return end(405, 'GET or PUT /loglevel?level=debug');
      const wanted = parameters.get('level') ?? '';
      if (!(LOG_LEVELS as readonly string[]).includes(wanted))
        return end(400, `level must be one of ${LOG_LEVELS.join(', ')}`);
      level.change(wanted, 'PUT /loglevel', log);
      return end(200, wanted);
    }
    if (request.method !== 'GET') return end(405, 'GET /debug/profile?seconds=30&type=cpu');
    const seconds = Number(parameters.get('seconds') ?? DEFAULT_SECONDS);
    const type = (parameters.get('type') ?? 'cpu') as ProfileType;
    if (!(seconds >= 1 && seconds <= MAX_SECONDS))
      return end(400, `seconds must be from 1 to ${MAX_SECONDS}`);
    if (!PROFILES.includes(type)) return end(400, `type must be one of ${PROFILES.join(', ')}`);
    if (profiling) return end(409, 'another profile is being taken');
    profiling = true;
    log.info({ type, seconds }, 'taking a profile');
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    takeProfile(type, 1_000 * seconds, gone.signal)
      .then(
        (text) => response.writeHead(200, { 'content-type': 'application/json' }).end(text),
        (error: unknown) => end(500, String(error)),
      )
      .finally(() => {
        profiling = false;
      });
    return true;
  };
}

function isToken(header: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`));
}
