import { messageOf, TactusError } from '../core/errors.js';
import { backoffMs } from '../core/retry.js';
import type { Health } from './health.js';
import type { Logger } from './logger.js';

/** Resolves after `ms`, or at once (without error) when `signal` aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/**
 * What `work` gives, or a failure after `ms`; an outcome that comes later does not count. One that has come and was not
 * read yet, because this process was busy meanwhile, does.
 *
 * @param late makes the error
 */
export async function within<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => setImmediate(() => reject(late())), ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

export interface WaitingFor {
  /** What is waited for, in words: "the schema registry". Also the key of the readiness reason. */
  readonly what: string | ((error: unknown) => string);
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly health: Health;
  /** Which errors pass by themselves; default: those whose `retriable` is true. */
  readonly retriable?: (error: unknown) => boolean;
}

/**
 * Calls `attempt` until it succeeds, with back-off, for ever: a server that is down is waited for, and so is one that
 * refuses access to a worker that has started: one that starts is most likely configured wrongly.
 * Meanwhile the worker is not ready. The first failure and every tenth are logged, and the recovery.
 *
 * @throws what `attempt` threw, if that is not retriable or `signal` aborted.
 */
export async function untilItWorks<T>(attempt: () => Promise<T>, waiting: WaitingFor): Promise<T> {
  const { signal, log, health } = waiting;
  const named = (error: unknown) => (typeof waiting.what === 'string' ? waiting.what : waiting.what(error));
  let what = '';
  const retriable = waiting.retriable ?? ((e) => e instanceof TactusError && e.retriable);
  for (let failures = 0; ; failures++) {
    try {
      const result = await attempt();
      if (failures > 0) {
        health.clear(what);
        log.info({ failures }, `${what} is back`);
      }
      return result;
    } catch (error) {
      health.clear(what);
      what = named(error);
      if (signal.aborted || !retriable(error) || (isRefused(error) && !health.hasStarted)) {
        health.clear(what);
        throw error;
      }
      health.block(what, `waiting for ${what}: ${messageOf(error)}`);
      if (failures % 10 === 0) log.warn({ error, failures }, `waiting for ${what}: ${messageOf(error)}`);
      await sleep(backoffMs(failures, Math.random()), signal);
    }
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof TactusError && error.code === 'TACTUS_ACCESS_REFUSED';
}
