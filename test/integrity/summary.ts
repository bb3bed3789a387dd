import type { Rounds } from './faults.js';
import type { Load } from './load.js';
import type { Outcome } from './scenario.js';
import type { WorkerPool } from './worker-pool.js';

/** The outcome in lines for people. */
export function summaryOf(run: {
  name: string;
  outcome: Outcome;
  rounds: Rounds;
  load: Load;
  pool: WorkerPool;
  seed: number;
}): string[] {
  const { name, outcome, rounds, load, pool } = run;
  const { findings } = outcome;
  const inflicted = Object.entries(rounds).map(([kind, count]) => `${count} ${kind}`);
  return [
    `rounds: ${inflicted.join(', ')}; workers started: ${pool.started}`,
    `load: ${load.sent} records acknowledged, ${load.failures} attempts failed`,
    ...outcome.lines,
    ...findings.lines().map((line) => `  ${line}`),
    findings.total === 0
      ? `${name} is exact: nothing deviates`
      : `${name} is NOT exact: ${findings.total} deviations; again with --seed ${run.seed}`,
  ];
}
