import type { BrokerFaults } from './broker-faults.js';
import type { Load } from './load.js';
import type { Outcome } from './scenario.js';
import type { WorkerPool } from './worker-pool.js';

/** The outcome in lines for people. */
export function summaryOf(run: {
  name: string;
  outcome: Outcome;
  rounds: ReadonlyMap<string, number>;
  load: Pick<Load, 'sent' | 'failures'>;
  pools: readonly WorkerPool[];
  seed: number;
  ofBrokers: BrokerFaults | null;
}): string[] {
  const { name, outcome, rounds, load, pools, ofBrokers } = run;
  const { findings } = outcome;
  const inflicted = [...rounds].filter(([, count]) => count > 0).map(([kind, count]) => `${count} ${kind}`);
  return [
    `rounds: ${inflicted.join(', ')}; workers started: ${pools.reduce((sum, { started }) => sum + started, 0)}`,
    ...(ofBrokers === null ? [] : [ofBrokers.line()]),
    `load: ${load.sent} records acknowledged, ${load.failures} attempts failed`,
    ...outcome.lines,
    ...findings.lines().map((line) => `  ${line}`),
    findings.total === 0
      ? `${name} is exact: nothing deviates`
      : `${name} is NOT exact: ${findings.total} deviations; again with --seed ${run.seed}`,
  ];
}
