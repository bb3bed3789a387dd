import { loadavg } from 'node:os';
import { messageOf } from '../../../shared/core/errors.js';
import { type FormatName, SENT_FORMATS } from '../../support/sent-formats.js';
import { columns, grouped, median } from '../figures.js';
import { type Bench, onStand } from '../stand.js';
import { Bodies } from './bodies.js';
import { CONTENDERS, type Contender } from './contenders.js';
import { Load } from './load.js';
import type { GatewayBenchOptions } from './options.js';

/** Of the samples that are measured, so many come before to warm up. */
const WARM_UP_SHARE = 10;
const MIB = 2 ** 20;

/** What one contender did with one format. */
interface Row {
  readonly rate: number;
  readonly cpuPerMillion: number;
  /** Resident at most, before and after what is measured. */
  readonly mibBefore: number;
  readonly mibAfter: number;
}

type Rows = Map<string, Row[]>;

/** Bodies over HTTP until they are acknowledged; false when something was not written. */
export async function runGatewayBench(options: GatewayBenchOptions): Promise<boolean> {
  return await onStand(options, ['kafka', 'registry'], async (bench) => {
    const rows: Rows = new Map();
    const latencies = new Map<string, number[][]>();
    let well = true;
    for (let round = 1; round <= options.rounds; round++)
      for (const [name, contender] of Object.entries(CONTENDERS)) {
        if (options.only.length > 0 && !options.only.some((start) => name.startsWith(start))) continue;
        const progress = (line: string) => bench.progress(`round ${round}, ${name}, ${line}`);
        try {
          const problems = await run(bench, contender, options, {
            took: (format, row) => {
              const key = `${name} ${format}`;
              rows.set(key, [...(rows.get(key) ?? []), row]);
              progress(`${format}: ${describe(row)}, load ${(loadavg()[0] as number).toFixed(1)}`);
            },
            waited: (times) => latencies.set(name, [...(latencies.get(name) ?? []), times]),
          });
          for (const problem of problems) progress(`WRONG: ${problem}`);
          well &&= problems.length === 0;
        } catch (error) {
          well = false;
          progress(`FAILED: ${messageOf(error)}`);
        }
      }
    for (const line of report(rows)) bench.progress(line);
    for (const [name, all] of latencies) {
      const of = (share: number) =>
        median(all.map((times) => times[Math.floor(share * times.length)] ?? 0)).toFixed(1);
      bench.progress(`single points, ${name}: p50 ${of(0.5)} ms, p99 ${of(0.99)} ms`);
    }
    return well;
  });
}

async function run(
  bench: Bench,
  { formats, start }: Contender,
  options: GatewayBenchOptions,
  report: {
    readonly took: (format: FormatName, row: Row) => void;
    readonly waited: (times: number[]) => void;
  },
): Promise<string[]> {
  const running = await start(bench);
  const load = new Load(running, options.connections);
  const problems: string[] = [];
  try {
    for (const format of options.formats.filter((one) => formats.includes(one))) {
      const bodies = new Bodies(SENT_FORMATS[format]);
      await load.bodies(format, bodies, Math.ceil(options.samples / WARM_UP_SHARE));
      const { sample } = running.child;
      const [mibBefore, before] = [(sample.peakBytes ?? 0) / MIB, await running.written()];
      const { from, to } = await load.bodies(format, bodies, options.samples);
      const written = (await running.written()) - before;
      if (written !== options.samples)
        problems.push(`${format}: ${written} samples are written of ${options.samples}`);
      report.took(format, {
        rate: options.samples / ((to - from) / 1_000),
        cpuPerMillion: ((sample.cpuBetween(from, to) ?? Number.NaN) / options.samples) * 1e6,
        mibBefore,
        mibAfter: (sample.peakBytes ?? 0) / MIB,
      });
    }
    if (formats.includes('json')) report.waited(await load.singles(options.latencySeconds));
    return [...problems, ...load.problems.slice(0, 5)];
  } finally {
    load.close();
    await running.stop();
  }
}

function describe({ rate, cpuPerMillion, mibBefore, mibAfter }: Row): string {
  const perSecond = cpuPerMillion > 0 ? grouped(1e6 / cpuPerMillion) : 'unknown';
  return `${grouped(rate)} samples/s, ${cpuPerMillion.toFixed(2)} CPU s per million (${perSecond} a CPU second), ${Math.round(mibBefore)} to ${Math.round(mibAfter)} MB`;
}

/** Medians, and how many times as much Tactus does in a CPU second. */
function report(rows: Rows): string[] {
  const cpuOf = (key: string) => median((rows.get(key) ?? []).map(({ cpuPerMillion }) => cpuPerMillion));
  const cells = [...rows].map(([key, all]) => {
    const [name = '', format = ''] = key.split(' ');
    const cpu = cpuOf(key);
    const own = cpuOf(`tactus ${format}`);
    return [
      ...[format, name, grouped(median(all.map(({ rate }) => rate))), cpu.toFixed(2)],
      ...[grouped(1e6 / cpu), name === 'tactus' || own === 0 ? '' : `${(cpu / own).toFixed(1)}x`],
      String(Math.round(Math.max(...all.map(({ mibAfter }) => mibAfter)))),
    ];
  });
  const head = [
    'format',
    'contender',
    'samples/s',
    'CPU s per million',
    'samples a CPU second',
    'tactus',
    'peak MB',
  ];
  return columns(head, cells.sort(), 2);
}
