import type { Rounds } from './faults.js';
import type { Load } from './load.js';
import type { Verdict } from './verify.js';
import type { WorkerPool } from './worker-pool.js';

/** The outcome in lines for people. */
export function summaryOf(run: {
  verdict: Verdict;
  rounds: Rounds;
  load: Load;
  pool: WorkerPool;
  seed: number;
}): string[] {
  const { verdict, rounds, load, pool } = run;
  const { findings } = verdict;
  const counts = (what: string, kinds: readonly string[]) =>
    kinds.map((kind) => `${findings.count(`${what} ${kind}`)} ${kind}`).join(', ');
  return [
    `rounds: ${Object.entries(rounds)
      .map(([kind, count]) => `${count} ${kind}`)
      .join(', ')}; workers started: ${pool.started}`,
    `load: ${load.sent} points acknowledged, ${verdict.points} in the log, ${load.maker.deliberatelyLate} meant to be late, ${load.maker.silences} silences of partitions, ${load.failures} attempts failed`,
    `windows: ${verdict.windowsExpected} expected, ${verdict.windowsFound} found (${verdict.windowsUnderFaults} emitted while faults went on), ${counts('windows', ['duplicated', 'missing', 'wrong', 'unexpected'])}`,
    `late points: ${verdict.lateForCertain} for certain, ${verdict.lateReports} found, ${counts('late points', ['duplicated', 'missing', 'wrong', 'unknown', 'too early'])}`,
    `points refused: ${verdict.refused}`,
    ...findings.lines().map((line) => `  ${line}`),
    findings.total === 0
      ? 'exactly once: nothing deviates'
      : `NOT exactly once: ${findings.total} deviations; again with --seed ${run.seed}`,
  ];
}
