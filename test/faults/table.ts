import { type Fault, nameOf } from './plan.js';
import { type Recovery, recoveryMs } from './recovery.js';

/** A fault that was inflicted, and what became of it. */
export interface Inflicted extends Fault, Recovery {
  /** What did not go as it should. */
  readonly problem: string | null;
}

const HEAD = ['fault', 'times', 'outcome', 'after its end: p50', 'max', 'after its beginning: p50', 'max'];
const RIGHT = [false, true, false, true, true, true, true];

/** A line for each fault, in the order in which they came first. */
export function faultRows(inflicted: readonly Inflicted[]): string[][] {
  return [...Map.groupBy(inflicted, nameOf)].map(([name, all]) => {
    const times = all.map(recoveryMs);
    const fromEnd = times.flatMap((each) => each.fromEnd ?? []);
    const fromBeginning = times.flatMap((each) => each.fromBeginning ?? []);
    const bad = all.filter(({ problem }) => problem !== null).length;
    const felt = fromBeginning.filter((ms) => ms > 0).length;
    const outcome = bad > 0 ? `${bad} deviate` : felt === 0 ? 'not felt' : 'back by itself';
    return [
      ...[name, String(all.length), outcome],
      ...[fromEnd, fromBeginning].flatMap((ms) => [seconds(quantile(ms, 0.5)), seconds(quantile(ms, 1))]),
    ];
  });
}

/** Lines with columns, for a terminal. */
export function textTable(rows: readonly (readonly string[])[]): string[] {
  const widths = HEAD.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (RIGHT[i] ? cell.padStart(widths[i] as number) : cell.padEnd(widths[i] as number)))
      .join('  ')
      .trimEnd();
  return [HEAD, ...rows].map(line);
}

export function markdownTable(rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [HEAD, RIGHT.map((right) => (right ? '---:' : '---')), ...rows].map(line);
}

/** The lower of two in the middle; undefined of nothing. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '-' : `${(ms / 1_000).toFixed(1)} s`;
}
