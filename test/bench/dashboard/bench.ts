import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { openBrowser, openPage } from '../../support/browser.js';
import { until } from '../../support/until.js';
import { columns, median } from '../figures.js';
import { METRIC, StubHub } from './hub.js';
import type { DashboardBenchOptions } from './options.js';
import { forget, longestOf, type Steps, stepsOf, watch, watchedOf } from './watch.js';

const GOALS = { taskMs: 50, frameMs: 33, loadMs: 1_000, weightKb: 150 };
const WARM_UP_MS = 5_000;
const SIZE = { width: 1_440, height: 900 };

/** The dashboard in Chromium with series that come live, served by a stub; false where a goal is missed. */
export async function runDashboardBench({ series, seconds, loads }: DashboardBenchOptions): Promise<boolean> {
  const hub = await StubHub.start(series);
  const browser = await openBrowser();
  try {
    const loaded: Loaded[] = [];
    for (let i = 0; i < loads; i += 1) loaded.push(await load(browser, hub.url));
    const { page } = loaded.at(-1) as Loaded;
    for (const { page: earlier } of loaded.slice(0, -1)) await earlier.close();
    await sleep(WARM_UP_MS);
    await forget(page);
    await sleep(seconds * 1_000);
    const { tasks, scripts, frames } = await watchedOf(page);
    const sorted = [...frames].sort((a, b) => a - b);
    const percentile = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
    const longest = Math.max(0, ...tasks.map(({ duration }) => duration));
    const loadMs = median(loaded.map(({ drawnAt }) => drawnAt));
    const weightKb = Math.max(...loaded.map(({ weight }) => weight)) / 1_000;
    const faults = loaded.flatMap((one) => one.faults);
    const rows = [
      row('longest task, ms', longest, GOALS.taskMs),
      row('frame p99, ms', percentile(0.99), GOALS.frameMs),
      row('load to the first chart, ms', loadMs, GOALS.loadMs),
      row('weight of the first load, KB', weightKb, GOALS.weightKb),
    ];
    const step = (name: keyof Steps) => median(loaded.map(({ steps }) => steps[name])).toFixed(0);
    const longestTask = longestOf({ tasks, scripts });
    const lines = [
      `${series} series at 1 Hz for ${seconds} s, load average ${loadavg()[0]?.toFixed(1)}`,
      `tasks over ${GOALS.taskMs} ms: ${tasks.length}; frames: ${frames.length}, p50 ${percentile(0.5).toFixed(1)} ms, longest ${percentile(1).toFixed(1)} ms`,
      ...(longestTask === null ? [] : [`the longest: ${longestTask}`]),
      `loads: ${loaded.map(({ drawnAt }) => drawnAt.toFixed(0)).join(', ')} ms`,
      `of them, medians in ms: code ${step('code')}, login asked ${step('session')}, points asked ${step('asked')}, answered ${step('answered')}, drawn ${loadMs.toFixed(0)}`,
      ...columns(
        ['', 'measured', 'goal', ''],
        rows.map(({ cells }) => cells),
      ),
      ...faults,
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
    return faults.length === 0 && rows.every(({ isMet }) => isMet);
  } finally {
    await browser.close();
    await hub.stop();
  }
}

interface Loaded {
  readonly page: Page;
  readonly faults: readonly string[];
  /** In ms since the navigation began. */
  readonly drawnAt: number;
  readonly steps: Steps;
  /** Bytes of the page, its scripts, styles and fonts, as they were sent. */
  readonly weight: number;
}

/** With nothing cached. */
async function load(browser: Browser, url: string): Promise<Loaded> {
  const { page, faults } = await openPage(browser, url, { viewport: SIZE });
  const sizes: Promise<number>[] = [];
  page.on('requestfinished', (request) => {
    if (!new URL(request.url()).pathname.startsWith('/api/'))
      sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
  });
  await watch(page);
  await page.goto(`${url}/explore?metric=${METRIC}&from=now-5m`);
  const drawnAt = await until('the chart', async () => (await watchedOf(page)).drawnAt);
  const weight = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  return { page, faults, drawnAt, steps: await stepsOf(page), weight };
}

function row(name: string, measured: number, goal: number) {
  const isMet = measured < goal;
  return { isMet, cells: [name, measured.toFixed(1), `< ${goal}`, isMet ? '' : 'missed'] };
}
