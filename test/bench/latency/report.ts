import { columns, grouped, median } from '../figures.js';
import { CONTENDER_NAMES, type ContenderName } from './names.js';

/** Milliseconds; null when nothing was measured. */
export interface Quantiles {
  readonly count: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
}

/** What the reader of the output has seen, and the broker counted, in one measurement. */
export interface Measured {
  /** From a point's acknowledgement to its being readable. */
  readonly acked: Quantiles;
  /** The same from when the point was due: a stall of the sender shows too. */
  readonly due: Quantiles;
  /** From the acknowledgement that lets the input's time pass a window to that window being readable. */
  readonly windows?: Quantiles;
  readonly lost: number;
  readonly duplicates: number;
  /** Requests that the broker has answered, by name, less those of the load and its reader; null if unknown. */
  readonly requests: Readonly<Record<string, number>> | null;
}

/** One measurement, as the JSON file keeps it. */
export interface Run extends Measured {
  readonly contender: ContenderName;
  readonly partitions: number;
  readonly intervalMs: number;
  readonly round: number;
  readonly seconds: number;
  /** CPU seconds of the broker's process; null where the system does not report it. */
  readonly brokerCpuSeconds: number | null;
  /** CPU seconds of the contender's processes. */
  readonly ownCpuSeconds: number | null;
  /** CPU seconds per second that nobody on the machine used: near 0, all figures say little. */
  readonly idleCpu: number;
}

/** Medians over the rounds of a row; null for what is not known. */
export interface Summary {
  readonly contender: ContenderName;
  readonly partitions: number;
  readonly intervalMs: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly windowsP50: number | null;
  readonly windowsP99: number | null;
  /** Own figure over that of the peer in the same row. */
  readonly ratios: Readonly<Partial<Record<ContenderName, Ratio>>>;
  /** CPU seconds per second. */
  readonly brokerCpu: number | null;
  readonly ownCpu: number | null;
  readonly idleCpu: number | null;
  readonly requestsPerSecond: number | null;
  readonly commitsPerSecond: number | null;
  readonly requestsPerCommit: number | null;
  /** Most and least of p99 say how quiet the machine was. */
  readonly leastP99: number | null;
  readonly mostP99: number | null;
  readonly correct: boolean;
}

interface Ratio {
  readonly p50: number | null;
  readonly p99: number | null;
}

const PEERS: readonly ContenderName[] = ['streams', 'loop'];

/** Requests of a transaction. Fetches depend on the pace of the load, heartbeats and metadata on time. */
const OF_TRANSACTIONS: ReadonlySet<string> = new Set([
  'InitProducerId',
  'AddPartitionsToTxn',
  'AddOffsetsToTxn',
  'Produce',
  'TxnOffsetCommit',
  'EndTxn',
  'WriteTxnMarkers',
]);

export interface RequestCounts {
  readonly all: number;
  readonly commits: number;
  /** Requests of transactions for each of them; null without a commit. */
  readonly perCommit: number | null;
}

/** A commit is an EndTxn: with a transaction per partition there are as many as partitions with points. */
export function countRequests(requests: Readonly<Record<string, number>>): RequestCounts {
  let all = 0;
  let ofTransactions = 0;
  for (const [name, count] of Object.entries(requests)) {
    all += count;
    if (OF_TRANSACTIONS.has(name)) ofTransactions += count;
  }
  const commits = requests.EndTxn ?? 0;
  return { all, commits, perCommit: commits === 0 ? null : ofTransactions / commits };
}

/** Who comes when in a row: another one is first in the next, so that nobody gains by it. */
export function inTurn(names: readonly ContenderName[], row: number): readonly ContenderName[] {
  const first = row % names.length;
  return [...names.slice(first), ...names.slice(0, first)];
}

/** In the order of the runs' first appearance. */
export function summarise(runs: readonly Run[]): Summary[] {
  const groups = Map.groupBy(runs, (run) => keyOf(run.contender, run));
  return [...groups.values()].map((group) => {
    const [{ contender, partitions, intervalMs }] = group as [Run];
    const requests = group.map((run) => (run.requests === null ? null : countRequests(run.requests)));
    const perSecond = (of: (run: Run, i: number) => number | null | undefined): number | null =>
      known(group.map((run, i) => divided(of(run, i), run.seconds)));
    const p99s = group.map((run) => run.acked.p99).filter((figure) => figure !== null);
    const quantile = (of: 'acked' | 'windows', name: 'p50' | 'p99', all: readonly Run[] = group) =>
      known(all.map((run) => run[of]?.[name]));
    return {
      ...{ contender, partitions, intervalMs },
      p50: quantile('acked', 'p50'),
      p99: quantile('acked', 'p99'),
      windowsP50: quantile('windows', 'p50'),
      windowsP99: quantile('windows', 'p99'),
      ratios: Object.fromEntries(
        PEERS.flatMap((name) => {
          const peer = groups.get(keyOf(name, group[0] as Run));
          if (peer === undefined || name === contender) return [];
          const ratio = (q: 'p50' | 'p99') => divided(quantile('acked', q), quantile('acked', q, peer));
          return [[name, { p50: ratio('p50'), p99: ratio('p99') }] as const];
        }),
      ),
      brokerCpu: perSecond((run) => run.brokerCpuSeconds),
      ownCpu: perSecond((run) => run.ownCpuSeconds),
      idleCpu: known(group.map((run) => run.idleCpu)),
      requestsPerSecond: perSecond((_, i) => requests[i]?.all),
      commitsPerSecond: perSecond((_, i) => requests[i]?.commits),
      requestsPerCommit: known(requests.map((counts) => counts?.perCommit)),
      leastP99: p99s.length === 0 ? null : Math.min(...p99s),
      mostP99: p99s.length === 0 ? null : Math.max(...p99s),
      correct: group.every((run) => run.lost === 0 && run.duplicates === 0),
    };
  });
}

/** The rows with partitions and interval together, contenders under each other. */
export function table(summaries: readonly Summary[]): string {
  const windows = summaries.some(({ windowsP50 }) => windowsP50 !== null);
  const head = [
    ...['contender', 'partitions', 'commit ms', 'p50 ms', 'p99 ms'],
    ...['p50 x streams', 'p99 x streams', 'p50 x loop', 'p99 x loop'],
    ...['broker CPU', 'own CPU', 'idle CPU', 'requests/s', 'commits/s', 'per commit'],
    ...(windows ? ['windows p50', 'windows p99'] : []),
    'result',
  ];
  const sorted = summaries.toSorted(
    (a, b) =>
      a.partitions - b.partitions ||
      a.intervalMs - b.intervalMs ||
      CONTENDER_NAMES.indexOf(a.contender) - CONTENDER_NAMES.indexOf(b.contender),
  );
  const rows = sorted.map((row) => [
    ...[row.contender, String(row.partitions), String(row.intervalMs), text(row.p50, 1), text(row.p99, 1)],
    ...PEERS.flatMap((name) => [ratio(row.ratios[name]?.p50), ratio(row.ratios[name]?.p99)]),
    ...[text(row.brokerCpu, 2), text(row.ownCpu, 2), text(row.idleCpu, 2)],
    ...[whole(row.requestsPerSecond), whole(row.commitsPerSecond), text(row.requestsPerCommit, 1)],
    ...(windows ? [text(row.windowsP50, 1), text(row.windowsP99, 1)] : []),
    row.correct ? 'right' : 'WRONG',
  ]);
  const notes = [
    'p50, p99: from acknowledged in the input to readable (read_committed) in the output; x: own over that of the peer',
    'CPU: seconds per second, of the broker, of the contender, and what nobody on the machine used (near 0: it was too busy)',
    'requests/s: answered by the broker, without those of the load and its reader',
    'commits: EndTxn; per commit: requests of transactions, Produce included and Fetch not, for each EndTxn',
  ];
  return `${[...columns(head, rows), ...notes].join('\n')}\n`;
}

function keyOf(contender: ContenderName, row: Pick<Run, 'partitions' | 'intervalMs'>): string {
  return `${contender}/${row.partitions}/${row.intervalMs}`;
}

/** The median of what is known. */
function known(numbers: readonly (number | null | undefined)[]): number | null {
  const some = numbers.filter((figure) => figure !== null && figure !== undefined);
  return some.length === 0 ? null : median(some);
}

function divided(one: number | null | undefined, by: number | null): number | null {
  return one === null || one === undefined || by === null || by === 0 ? null : one / by;
}

function text(figure: number | null, digits: number): string {
  return figure?.toFixed(digits) ?? 'n/a';
}

function whole(figure: number | null): string {
  return figure === null ? 'n/a' : grouped(figure);
}

function ratio(figure: number | null | undefined): string {
  return figure?.toFixed(2) ?? '';
}
