import { loadavg } from 'node:os';
import { messageOf } from '../../../shared/core/errors.js';
import { grouped, median } from '../figures.js';
import { onStand } from '../stand.js';
import type { Measured } from '../windowing/measure.js';
import { CONTENDERS } from './contenders.js';
import { fillRaw } from './dataset.js';
import type { IngestBenchOptions } from './options.js';

/** The yardstick of Tactus. */
const REFERENCES = ['producer-performance', 'java-forward', 'kafkajs'];

/** Points from `ingest.metrics` to `metrics`, and what others do in that time; false when a result is wrong. */
export async function runIngestBench(options: IngestBenchOptions): Promise<boolean> {
  return await onStand(options, ['kafka', 'registry'], async (bench) => {
    const data = await fillRaw(bench, options.points);
    const rates = new Map<string, number[]>();
    let well = true;
    for (let round = 1; round <= options.rounds; round++) {
      for (const [name, run] of Object.entries(CONTENDERS)) {
        if (options.only.length > 0 && !options.only.some((start) => name.startsWith(start))) continue;
        const load = loadavg()[0] as number;
        try {
          const figures = await run(bench, data);
          const rate = data.records / figures.seconds;
          rates.set(name, [...(rates.get(name) ?? []), rate]);
          bench.progress(`round ${round}, ${name}: ${describe(figures, rate)}, load ${load.toFixed(1)}`);
          for (const problem of figures.problems) bench.progress(`  WRONG: ${problem}`);
          well &&= figures.problems.length === 0;
        } catch (error) {
          well = false;
          bench.progress(`round ${round}, ${name} FAILED: ${messageOf(error)}`);
        }
      }
    }
    const own = median(rates.get('tactus') ?? []);
    for (const [name, all] of rates) {
      const rate = median(all);
      const against = REFERENCES.includes(name) && own > 0 ? `; tactus is ${(own / rate).toFixed(2)}x` : '';
      bench.progress(`median, ${name}: ${grouped(rate)} records/s${against}`);
    }
    return well;
  });
}

function describe({ seconds, cpuSeconds, peakBytes }: Measured, rate: number): string {
  const cpu = cpuSeconds === null ? '' : `, ${cpuSeconds.toFixed(2)} CPU s`;
  const memory = peakBytes === null ? '' : `, ${Math.round(peakBytes / 2 ** 20)} MB`;
  return `${grouped(rate)} records/s, ${seconds.toFixed(2)} s${cpu}${memory}`;
}
