import { columns, grouped, median } from '../figures.js';
import type { Measured } from './measure.js';

/** One run, as the JSON file keeps it. */
export interface Result extends Measured {
  readonly contender: string;
  readonly axis: 'peers' | 'kinds' | 'series' | 'partitions' | 'workers';
  readonly round: number;
  readonly points: number;
  readonly series: number;
  readonly partitions: number;
  readonly recordsPerSecond: number;
  /** Load average of the last minute before the run: others on the machine make all figures worse. */
  readonly load: number;
}

export interface Summary {
  readonly contender: string;
  readonly axis: Result['axis'];
  readonly series: number;
  readonly partitions: number;
  readonly rounds: number;
  readonly medianRecordsPerSecond: number;
  readonly leastRecordsPerSecond: number;
  readonly mostRecordsPerSecond: number;
  readonly cpuSecondsPerMillion: number | null;
  readonly peakMegabytes: number | null;
  /** Median over that of a peer on the same points; absent peers are left out. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly correct: boolean;
}

/** The yardstick of the others. */
/** Of Tactus with points of another kind: what it does with the same as gauges. */
const GAUGES = 'gauges';
const REFERENCES = ['consumer-performance', 'streams-dsl-eos', 'streams-panes-eos'];

export function summarise(results: readonly Result[]): Summary[] {
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    const key = `${result.axis}/${result.contender}/${result.series}/${result.partitions}`;
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  const medians = new Map<string, number>();
  for (const [key, group] of groups) medians.set(key, median(group.map((run) => run.recordsPerSecond)));
  return [...groups].map(([key, group]) => {
    const [{ contender, axis, series, partitions }] = group as [Result];
    const rates = group.map((run) => run.recordsPerSecond);
    const own = medians.get(key) as number;
    const gauges = axis === 'kinds' ? medians.get(`peers/tactus/${series}/${partitions}`) : undefined;
    const ratios = REFERENCES.flatMap((name) => {
      const other = medians.get(`${axis}/${name}/${series}/${partitions}`);
      return other === undefined ? [] : [[name, own / other] as const];
    });
    return {
      contender,
      axis,
      series,
      partitions,
      rounds: group.length,
      medianRecordsPerSecond: own,
      leastRecordsPerSecond: Math.min(...rates),
      mostRecordsPerSecond: Math.max(...rates),
      cpuSecondsPerMillion: medianOf(group, (run) => run.cpuSeconds, 1e6 / (group[0] as Result).points),
      peakMegabytes: medianOf(group, (run) => run.peakBytes, 1 / 2 ** 20),
      ratios: Object.fromEntries(gauges === undefined ? ratios : [...ratios, [GAUGES, own / gauges]]),
      correct: group.every((run) => run.problems.length === 0),
    };
  });
}

export function table(summaries: readonly Summary[]): string {
  const head = [
    'contender',
    'series',
    'partitions',
    'records/s',
    'least',
    'most',
    ...['x reader', 'x DSL', 'x panes', 'x gauges'],
    'CPU s/M',
    'peak MB',
    'result',
  ];
  const rows = summaries.map((summary) => [
    summary.contender,
    grouped(summary.series),
    String(summary.partitions),
    grouped(summary.medianRecordsPerSecond),
    grouped(summary.leastRecordsPerSecond),
    grouped(summary.mostRecordsPerSecond),
    ...[...REFERENCES, GAUGES].map((name) => summary.ratios[name]?.toFixed(2) ?? ''),
    summary.cpuSecondsPerMillion?.toFixed(2) ?? 'n/a',
    summary.peakMegabytes?.toFixed(0) ?? 'n/a',
    summary.correct ? 'right' : 'WRONG',
  ]);
  const note =
    'x reader, x DSL, x panes, x gauges: median over that of ConsumerPerformance, of Kafka Streams, exactly once, and of Tactus with gauges';
  return `${[...columns(head, rows), note].join('\n')}\n`;
}

function medianOf(
  group: readonly Result[],
  pick: (run: Result) => number | null,
  times: number,
): number | null {
  const known = group.map(pick).filter((figure) => figure !== null);
  return known.length === 0 ? null : median(known) * times;
}
