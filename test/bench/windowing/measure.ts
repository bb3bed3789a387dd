import { sum } from '../figures.js';
import type { Bench } from '../stand.js';
import type { Child } from './child.js';
import type { Dataset, Totals } from './dataset.js';
import { startJava } from './java.js';
import type { Watch } from './watch.js';

/** What one run of a contender came to. */
export interface Measured {
  readonly seconds: number;
  /** CPU seconds of all its processes between start and end; null where the system does not report it. */
  readonly cpuSeconds: number | null;
  /** Sum of its processes' peaks; null where the system does not report it. */
  readonly peakBytes: number | null;
  /** What is wrong with its result; empty when all is as it must be. */
  readonly problems: readonly string[];
}

interface Found {
  readonly definitions: Readonly<Record<string, Totals>>;
  readonly duplicates: number;
  readonly last: readonly number[];
}

/** Longer than any contender waits between two commits. */
const QUIET_MS = 4_000;
/** Without a single new record for so long, nothing more is coming. */
const STUCK_MS = 60_000;
const POLL_MS = 50;
const SUM_TOLERANCE = 1e-9;

/** Figures of a stretch of time in which these processes worked. */
export function measured(
  children: readonly Child[],
  from: number,
  to: number,
  problems: readonly string[],
): Measured {
  const cpu = children.map((child) => child.sample.cpuBetween(from, to));
  const peaks = children.map((child) => child.sample.peakBytes);
  return { seconds: (to - from) / 1000, cpuSeconds: sum(cpu), peakBytes: sum(peaks), problems };
}

/**
 * Waits until every expected window can be read under read_committed, then reads them all.
 *
 * @returns when the last of them became readable, and what is wrong with them
 * @throws Error when a process ends or nothing more comes
 */
export async function windowsReadable(
  bench: Bench,
  watch: Watch,
  topic: string,
  { expected }: Dataset,
  children: readonly Child[],
): Promise<{ at: number; problems: string[] }> {
  const wanted = Object.values(expected.definitions).reduce((sum, { windows }) => sum + windows, 0);
  let checked = 0;
  for (;;) {
    const quiet = Date.now() - watch.changedAt;
    const ended = children.find((child) => !child.running);
    if (ended !== undefined) throw new Error(`${ended.name} ended while it was measured:\n${ended.tail}`);
    const stuck = quiet > STUCK_MS;
    if (stuck || (watch.added >= wanted && quiet > QUIET_MS && checked !== watch.changedAt)) {
      checked = watch.changedAt;
      const found = await readWindows(bench, topic, watch.from);
      const windows = Object.values(found.definitions).reduce((sum, total) => sum + total.windows, 0);
      if (windows >= wanted || stuck) {
        const at = watch.readableAt(found.last) ?? watch.changedAt;
        return { at, problems: problemsOf(found, expected.definitions) };
      }
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function readWindows(bench: Bench, topic: string, from: readonly number[]): Promise<Found> {
  const reader = startJava(bench.classPath, 'Verify', {
    brokers: bench.env.KAFKA_BROKERS,
    topic,
    from: from.join(','),
  });
  const [, json] = await reader.line(/^(\{"definitions".*\})$/);
  await reader.exited;
  return JSON.parse(json as string) as Found;
}

function problemsOf(found: Found, expected: Readonly<Record<string, Totals>>): string[] {
  const problems: string[] = [];
  if (found.duplicates > 0) problems.push(`${found.duplicates} windows came twice`);
  for (const [name, wanted] of Object.entries(expected)) {
    const got = found.definitions[name] ?? { windows: 0, count: 0, sum: 0 };
    for (const key of ['windows', 'count'] as const)
      if (got[key] !== wanted[key]) problems.push(`${name}: ${key} ${got[key]}, expected ${wanted[key]}`);
    if (Math.abs(got.sum - wanted.sum) > SUM_TOLERANCE * Math.abs(wanted.sum))
      problems.push(`${name}: sum ${got.sum}, expected ${wanted.sum}`);
  }
  for (const name of Object.keys(found.definitions))
    if (expected[name] === undefined) problems.push(`${name}: nobody asked for this window`);
  return problems;
}
