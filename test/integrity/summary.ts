import type { Rounds } from './faults.js';
import type { Load } from './load.js';
import type { Verdict } from './scenario.js';
import type { WorkerPool } from './worker-pool.js';

/** The outcome in lines for people. */
export function summaryOf(run: {
  name: string;
  verdict: Verdict;
  rounds: Rounds;
  load: Load;
  pool: WorkerPool;
  seed: number;
}): string[] {
  const { name, verdict, rounds, load, pool } = run;
  const { findings } = verdict;
  const inflicted = Object.entries(rounds).map(([kind, count]) => `${count} ${kind}`);
  return [
    `rounds: ${inflicted.join(', ')}; workers started: ${pool.started}`,
    `load: ${load.sent} records acknowledged, ${load.failures} attempts failed`,
    ...verdict.lines,
    ...findings.lines().map((line) => `  ${line}`),
    findings.total === 0
      ? `${name} is exact: nothing deviates`
      : `${name} is NOT exact: ${findings.total} deviations; again with --seed ${run.seed}`,
  ];
}
