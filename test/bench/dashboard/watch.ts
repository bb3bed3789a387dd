import type { Page } from 'playwright-core';

/** Something that took time, in ms since the navigation. */
interface Took {
  readonly start: number;
  readonly duration: number;
}

/** Of a page, in ms. */
export interface Watched {
  /** From the navigation to the first chart with its lines. */
  readonly drawnAt: number | null;
  /** Tasks that took longer than 50 ms. */
  readonly tasks: readonly Took[];
  /** Scripts that ran in frames which took longer than 50 ms, by what called them and where they are. */
  readonly scripts: readonly (Took & { readonly name: string })[];
  /** From one frame to the next. */
  readonly frames: readonly number[];
}

/* Runs in the page, before its own scripts. */
const WATCH = `
  const watched = { drawnAt: null, tasks: [], scripts: [], frames: [] };
  globalThis.watchedByBench = watched;
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) watched.tasks.push({ start: startTime, duration });
  }).observe({ type: 'longtask', buffered: true });
  new PerformanceObserver((list) => {
    for (const { startTime, duration, invoker, sourceURL, sourceFunctionName, sourceCharPosition } of list
      .getEntries()
      .flatMap(({ scripts }) => scripts)) {
      const place = sourceURL.split('/').at(-1) + ':' + sourceCharPosition;
      watched.scripts.push({ start: startTime, duration, name: invoker + ' > ' + sourceFunctionName + ' (' + place + ')' });
    }
  }).observe({ type: 'long-animation-frame', buffered: true });
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
    Object.assign(watchedByBench, { tasks: [], scripts: [], frames: [] });
  });
};

/** The longest task: when it was, and what ran in it. */
export function longestOf({ tasks, scripts }: Pick<Watched, 'tasks' | 'scripts'>): string | null {
  const longest = tasks.reduce<Took | null>(
    (most, one) => (most === null || one.duration > most.duration ? one : most),
    null,
  );
  if (longest === null) return null;
  const end = longest.start + longest.duration;
  const within = scripts.filter((one) => one.start + one.duration > longest.start && one.start < end);
  const ran = within.map(({ name, duration }) => `${name} for ${duration.toFixed(0)} ms`);
  return `${longest.duration.toFixed(0)} ms, ${(longest.start / 1_000).toFixed(1)} s after the navigation: ${ran.join(', ') || 'no script that took 5 ms'}`;
}

/** Of the first load, in ms since the navigation. */
export interface Steps {
  /** The last file of the page is there. */
  readonly code: number;
  /** It is asked who is logged in. */
  readonly session: number;
  /** The points are asked for, and are there. */
  readonly asked: number;
  readonly answered: number;
}

export const stepsOf = async (page: Page): Promise<Steps> =>
  await page.evaluate(() => {
    const all = performance
      .getEntriesByType('resource')
      .map((entry) => entry as PerformanceResourceTiming)
      .map(({ name, startTime, responseEnd }) => ({ path: new URL(name).pathname, startTime, responseEnd }));
    const of = (path: string) => all.find((one) => one.path === `/api/v1/${path}`);
    return {
      code: Math.max(...all.filter(({ path }) => path.endsWith('.js')).map(({ responseEnd }) => responseEnd)),
      session: of('auth/refresh')?.startTime ?? Number.NaN,
      asked: of('metrics/query')?.startTime ?? Number.NaN,
      answered: of('metrics/query')?.responseEnd ?? Number.NaN,
    };
  });
