import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname } from 'node:path';
import { messageOf } from '../../../shared/core/errors.js';
import { type Bench, onStand } from '../stand.js';
import { KINDS, PEERS, SCALING, YARDSTICKS } from './contenders.js';
import { fill, fillHeld } from './dataset.js';
import type { Measured } from './measure.js';
import type { BenchOptions } from './options.js';
import { type Result, summarise, table } from './report.js';
import { tactusWorkers } from './tactus.js';

/** Runs the benchmark; false when a contender's result was wrong or missing. */
export async function runWindowingBench(options: BenchOptions): Promise<boolean> {
  return await onStand(options, ['kafka', 'registry'], async (bench) => {
    const results = await runAll(bench, options);
    const summaries = summarise(results.runs);
    process.stdout.write(`\n${table(summaries)}`);
    mkdirSync(dirname(options.json), { recursive: true });
    const machine = { cpus: cpus().length, model: cpus()[0]?.model, node: process.version };
    writeFileSync(options.json, `${JSON.stringify({ machine, options, summaries, ...results }, null, 2)}\n`);
    bench.progress(`results are in ${options.json}`);
    return results.failures.length === 0 && summaries.every(({ correct }) => correct);
  });
}

interface Outcome {
  readonly runs: Result[];
  readonly failures: string[];
}

async function runAll(bench: Bench, options: BenchOptions): Promise<Outcome> {
  const outcome: Outcome = { runs: [], failures: [] };
  const { points, rounds, only } = options;
  const wanted = ([name]: readonly [string, unknown]) =>
    only.length === 0 || only.some((start) => name.startsWith(start));
  const attempt = async (
    name: string,
    about: Pick<Result, 'axis' | 'round' | 'series' | 'partitions'>,
    run: () => Promise<Measured>,
  ): Promise<void> => {
    const load = loadavg()[0] as number;
    try {
      const figures = await run();
      const recordsPerSecond = points / figures.seconds;
      outcome.runs.push({ contender: name, ...about, points, recordsPerSecond, load, ...figures });
      const cpu = figures.cpuSeconds === null ? '' : `, ${figures.cpuSeconds.toFixed(2)} CPU s`;
      const memory = figures.peakBytes === null ? '' : `, ${Math.round(figures.peakBytes / 2 ** 20)} MB`;
      bench.progress(
        `round ${about.round}, ${about.series} series, ${about.partitions} partitions, ${name}: ${Math.round(recordsPerSecond)} records/s, ${figures.seconds.toFixed(2)} s${cpu}${memory}, load ${load.toFixed(1)}`,
      );
      for (const problem of figures.problems) bench.progress(`  WRONG: ${problem}`);
    } catch (error) {
      outcome.failures.push(`${name}: ${messageOf(error)}`);
      bench.progress(`round ${about.round}, ${name} FAILED: ${messageOf(error)}`);
    }
  };

  const [series, ...moreSeries] = options.series as readonly [number, ...number[]];
  const [partitions, ...morePartitions] = options.partitions as readonly [number, ...number[]];
  const wantedSets = [
    { axis: 'peers', kind: 'gauge', series, partitions, contenders: PEERS },
    ...KINDS.map(
      ({ kind, contenders }) => ({ axis: 'kinds', kind, series, partitions, contenders }) as const,
    ),
    ...moreSeries.map(
      (more) => ({ axis: 'series', kind: 'gauge', series: more, partitions, contenders: SCALING }) as const,
    ),
    ...morePartitions.map(
      (more) =>
        ({ axis: 'partitions', kind: 'gauge', series, partitions: more, contenders: YARDSTICKS }) as const,
    ),
  ] as const;
  const sets = [];
  for (const set of wantedSets)
    if (Object.entries(set.contenders).some(wanted))
      sets.push({ ...set, data: await fill(bench, points, set.series, set.partitions, set.kind) });
  for (let round = 1; round <= rounds; round++) {
    for (const { axis, series, partitions, contenders, data } of sets)
      for (const [name, run] of Object.entries(contenders).filter(wanted))
        await attempt(name, { axis, round, series, partitions }, () => run(bench, data));
    for (const workers of options.workers) {
      const name = `tactus-${workers}-workers`;
      if (!wanted([name, workers])) continue;
      await attempt(name, { axis: 'workers', round, series, partitions }, async () => {
        const data = await fillHeld(bench, points, series, partitions);
        return await tactusWorkers(workers)(bench, data);
      });
    }
  }
  return outcome;
}
