import { messageOf } from '../core/errors.js';

/** What a worker says of itself. */
export interface StatusAnswer {
  readonly good: boolean;
  /** Why not; also that it does not answer. */
  readonly reasons: readonly string[];
  readonly answered: boolean;
}

const TIMEOUT_MS = 1_500;

/**
 * Asks a worker's status server, which one that starts has not opened yet.
 *
 * @param url base address
 * @param path `/readyz`, or `/healthz` for whether it is alive
 */
export async function askStatus(url: string, path: '/readyz' | '/healthz'): Promise<StatusAnswer> {
  try {
    const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { good: response.ok, reasons: reasonsOf(await response.text()), answered: true };
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    const refused = (cause as NodeJS.ErrnoException).code === 'ECONNREFUSED';
    const reason = refused ? 'starting' : `no status (${messageOf(cause)})`;
    return { good: false, reasons: [reason], answered: false };
  }
}

/** The text at a path of a status server. @throws what `fetch` throws */
export async function readStatus(url: string, path: '/metrics'): Promise<string> {
  return await (await fetch(`${url}${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS) })).text();
}

function reasonsOf(body: string): string[] {
  const { reasons } = JSON.parse(body) as { reasons?: unknown };
  return Array.isArray(reasons) ? reasons.map(String) : [];
}
