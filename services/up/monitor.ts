import { askStatus } from '../../shared/process/ask-status.js';
import { type Scrape, scrape } from '../../shared/process/scrape.js';
import { sleep } from '../../shared/process/wait.js';
import { type Reading, summarise, type WorkerReading } from './summary.js';
import { summaryLine, summaryScreen } from './summary-text.js';
import type { Terminal } from './terminal.js';
import type { Sign } from './watchdog.js';
import type { WorkerProcess } from './worker-process.js';

const SCRAPE_EVERY_MS = 2_000;
/** Rates are taken over at least this time: windows close once in ten seconds. */
const RATES_OVER_MS = 10_000;
const PLAIN_LINE_EVERY_MS = 5_000;

/** Reads the workers' metrics and shows what they say, until `signal` aborts. */
export async function monitor(
  workers: readonly WorkerProcess[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const addresses = new Map(workers.map(({ name, url }) => [name, url]));
  const history: Reading[] = [];
  let lastLine = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    const reading = await read(workers);
    if (signal.aborted) return;
    const figures = summarise(reading, history[0] ?? null);
    history.push(reading);
    while ((history[1]?.at ?? reading.at) <= reading.at - RATES_OVER_MS) history.shift();
    if (terminal.isTty) terminal.live(['', ...summaryScreen(figures, addresses, terminal.width)]);
    else if (reading.at - lastLine >= PLAIN_LINE_EVERY_MS) {
      terminal.say(summaryLine(figures));
      lastLine = reading.at;
    }
    await sleep(terminal.isTty ? SCRAPE_EVERY_MS : SCRAPE_EVERY_MS / 2, signal);
  }
}

async function read(workers: readonly WorkerProcess[]): Promise<Reading> {
  const readings = await Promise.all(
    workers.map(async (worker): Promise<[string, WorkerReading]> => {
      const read = await scrape(worker.url);
      worker.probed(await signOf(worker.url, read), read.reasons);
      return [worker.name, { ...read, state: worker.state }];
    }),
  );
  return { at: performance.now(), workers: Object.fromEntries(readings) };
}

/** One that is ready is alive. */
async function signOf(url: string, { answered, reasons }: Scrape): Promise<Sign> {
  if (!answered) return 'silent';
  if (reasons.length === 0) return 'alive';
  const health = await askStatus(url, '/healthz');
  return health.answered && !health.good ? 'dead' : 'alive';
}
