import { messageOf } from '../../shared/core/errors.js';
import { parsePrometheusText, type Sample } from '../../shared/process/prometheus-text.js';

/** The metrics of a worker at one moment. */
export interface Scrape {
  readonly samples: readonly Sample[];
  /** Empty when it is ready, else why not. */
  readonly reasons: readonly string[];
}

const TIMEOUT_MS = 1_500;

/** Reads `/metrics` and `/readyz` of a worker on this machine; one that does not answer is not ready. */
export async function scrape(port: number): Promise<Scrape> {
  try {
    const [metrics, ready] = await Promise.all([get(port, '/metrics'), get(port, '/readyz')]);
    return { samples: parsePrometheusText(metrics), reasons: reasonsOf(ready) };
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    const refused = (cause as NodeJS.ErrnoException).code === 'ECONNREFUSED';
    return { samples: [], reasons: [refused ? 'starting' : `no status (${messageOf(cause)})`] };
  }
}

async function get(port: number, path: string): Promise<string> {
  const url = `http://127.0.0.1:${port}${path}`;
  return await (await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })).text();
}

function reasonsOf(body: string): string[] {
  const { reasons } = JSON.parse(body) as { reasons?: unknown };
  return Array.isArray(reasons) ? reasons.map(String) : [];
}
