import { messageOf } from '../../shared/core/errors.js';
import { parsePrometheusText, type Sample } from '../../shared/process/prometheus-text.js';

/** The metrics of a worker at one moment. */
export interface Scrape {
  readonly samples: readonly Sample[];
  /** Empty when it is ready, else why not. */
  readonly reasons: readonly string[];
  readonly answered: boolean;
}

const TIMEOUT_MS = 1_500;

/**
 * Reads `/metrics` and `/readyz` of a worker on this machine; one that does not answer is not ready.
 *
 * @param url base address of its status server
 */
export async function scrape(url: string): Promise<Scrape> {
  try {
    const [metrics, ready] = await Promise.all([get(`${url}/metrics`), get(`${url}/readyz`)]);
    return { samples: parsePrometheusText(metrics), reasons: reasonsOf(ready), answered: true };
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    const refused = (cause as NodeJS.ErrnoException).code === 'ECONNREFUSED';
    return {
      samples: [],
      reasons: [refused ? 'starting' : `no status (${messageOf(cause)})`],
      answered: false,
    };
  }
}

async function get(url: string): Promise<string> {
  return await (await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })).text();
}

function reasonsOf(body: string): string[] {
  const { reasons } = JSON.parse(body) as { reasons?: unknown };
  return Array.isArray(reasons) ? reasons.map(String) : [];
}
