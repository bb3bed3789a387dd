import { BROKER_ROLES, type Fault, KINDS, type Kind, nameOf, type Target, WORKER_NAMES } from './plan.js';
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

const GROUPS: readonly (readonly [string, readonly Target[]])[] = [
  ['a worker', WORKER_NAMES],
  ['a broker of three', BROKER_ROLES],
  ...(['registry', 'database', 'redis', 'sender'] as const).map((name) => [name, [name]] as const),
];
const IN_WORDS: Readonly<Record<Kind, string>> = {
  kill: 'killed',
  freeze: 'frozen',
  slow: 'slow link',
  cut: 'cut off',
  disk: 'disk full',
  clock: 'wrong clock',
};

/** What faults came over, by their kind: how long it took after their end until all was back, at the median and at most, and how many there were. */
export function summaryTable(inflicted: readonly Inflicted[]): string[] {
  const cell = (kind: Kind, targets: readonly Target[]) => {
    const all = inflicted.filter((each) => each.kind === kind && targets.includes(each.target));
    if (all.length === 0) return '';
    const bad = all.filter(({ problem }) => problem !== null).length;
    const ms = all.flatMap((each) => recoveryMs(each).fromEnd ?? []);
    const [median, most] = [0.5, 1].map((share) => seconds(quantile(ms, share), 0));
    const times = ms.length === 0 ? '' : `${median}, ${most} `;
    return `${bad > 0 ? `**${bad} deviate** ` : ''}${times}(${all.length})`;
  };
  const rows = GROUPS.map(([name, targets]) => [name, ...KINDS.map((kind) => cell(kind, targets))]);
  return markdown(['', ...KINDS.map((kind) => IN_WORDS[kind])], ['---', ...KINDS.map(() => '---')], rows);
}

export function markdownTable(rows: readonly (readonly string[])[]): string[] {
  return markdown(
    HEAD,
    RIGHT.map((right) => (right ? '---:' : '---')),
    rows,
  );
}

function markdown(
  head: readonly string[],
  rule: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

/** The lower of two in the middle; undefined of nothing. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

function seconds(ms: number | undefined, digits = 1): string {
  return ms === undefined ? '-' : `${(ms / 1_000).toFixed(digits)} s`;
}
