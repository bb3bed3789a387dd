import type { Logger } from '../../../shared/process/logger.js';
import type { ScrapeObserver } from './scraper.js';

/** Passes outcomes on to `next`; logs the first of consecutive failures of a reading, and its recovery. */
export function withFailureLog(next: ScrapeObserver, log: Logger): ScrapeObserver {
  const failing = new Set<string>();
  return {
    done: (reading, seconds, samples) => {
      next.done(reading, seconds, samples);
      if (failing.delete(reading)) log.info({ reading }, `reading ${reading} works again`);
    },
    failed: (reading, seconds, message, type) => {
      next.failed(reading, seconds, message, type);
      if (!failing.has(reading)) log.warn({ reading }, `reading ${reading} failed: ${message}`);
      failing.add(reading);
    },
  };
}
