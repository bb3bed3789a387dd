import type { Page } from 'playwright-core';

/** Of a page, in ms. */
export interface Watched {
  /** From the navigation to the first chart with its lines. */
  readonly drawnAt: number | null;
  /** Tasks that took longer than 50 ms. */
  readonly tasks: readonly number[];
  /** From one frame to the next. */
  readonly frames: readonly number[];
}

/* Runs in the page, before its own scripts. */
const WATCH = `
  const watched = { drawnAt: null, tasks: [], frames: [] };
  globalThis.watchedByBench = watched;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) watched.tasks.push(duration);
  }).observe({ type: 'longtask', buffered: true });
  let before = performance.now();
  const frame = (now) => {
    watched.frames.push(now - before);
    before = now;
    if (watched.drawnAt === null && document.querySelector('.chart-over') !== null) watched.drawnAt = performance.now();
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
`;

export async function watch(page: Page): Promise<void> {
  await page.addInitScript(WATCH);
}

export const watchedOf = async (page: Page): Promise<Watched> =>
  await page.evaluate(() => (globalThis as unknown as { watchedByBench: Watched }).watchedByBench);

/** Begins anew, without what the loading took. */
export const forget = async (page: Page): Promise<void> => {
  await page.evaluate(() => {
    const { watchedByBench } = globalThis as unknown as { watchedByBench: Record<string, unknown[]> };
    Object.assign(watchedByBench, { tasks: [], frames: [] });
  });
};
