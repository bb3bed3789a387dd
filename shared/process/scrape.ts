import { askStatus, readStatus } from './ask-status.js';
import { parsePrometheusText, type Sample } from './prometheus-text.js';

/** The metrics of a worker at one moment. */
export interface Scrape {
  readonly samples: readonly Sample[];
  /** Empty when it is ready, else why not. */
  readonly reasons: readonly string[];
  readonly answered: boolean;
}

/**
 * Reads `/metrics` and `/readyz` of a worker on this machine; one that does not answer is not ready.
 *
 * @param url base address of its status server
 */
export async function scrape(url: string): Promise<Scrape> {
  const metrics = readStatus(url, '/metrics').catch(() => null);
  const { reasons, answered } = await askStatus(url, '/readyz');
  const text = await metrics;
  return { samples: text === null ? [] : parsePrometheusText(text), reasons, answered };
}
