import type { StackEnv } from '../../../services/up/embedded/stack.js';
import type { PlainClient, PlainPoint } from '../../support/plain-client.js';
import { DEFINITIONS, SESSION } from '../definitions.js';
import { Expected } from '../expected.js';
import type { Findings } from '../findings.js';
import type { LateReport } from '../late-check.js';
import { readTopic } from '../read-topic.js';
import { UNKNOWN_TIME } from '../stream-clock.js';
import { compareWindows, countRefused } from '../verify.js';
import { Arrivals } from './arrivals.js';
import type { Book } from './book.js';
import { LATE_REASONS, type LateReason, missedByArrival, reasonOf, type WindowSize } from './late-reason.js';
import { NamedPartitions } from './named.js';
import { numberOf } from './senders.js';
import { tableOf } from './table.js';

/** A value of `late`; builds of before it had a cause leave it out. */
type CausedReport = LateReport & { readonly cause?: string };

const SIZES = new Map<string, WindowSize>([
  ...DEFINITIONS.map((definition) => [definition.name, definition] as const),
  [SESSION.name, { sizeMs: 0, graceMs: SESSION.graceMs }],
]);

/**
 * Compares `metrics`, `windows` and `late` with an own computation: what is late must have been so when it came
 * into `ingest.metrics`, or be the test's own doing by its book.
 *
 * @param wanted numbers of points that must be in `ingest.metrics`
 */
export async function verify(
  client: PlainClient,
  env: StackEnv,
  book: Book,
  findings: Findings,
  faultsEnd: number,
  wanted: Iterable<number> = [],
): Promise<string[]> {
  const arrivals = new Arrivals();
  await readTopic<PlainPoint>(client, env, 'ingest.metrics', ({ partition, appendedAt, value }) =>
    arrivals.observe(numberOf(value.id), partition, value.timestamp, appendedAt),
  );

  for (const number of wanted)
    if (arrivals.of(number) === undefined) findings.add('points lost', `p-${number}, which was acknowledged`);

  const expected = new Expected(findings, () => UNKNOWN_TIME);
  const reports: CausedReport[] = [];
  await readTopic<CausedReport>(client, env, 'late', ({ value }) => {
    expected.addLate(value);
    reports.push(value);
  });

  const named = new NamedPartitions();
  const lateNumbers = new Set(reports.map(({ point }) => numberOf(point.id)));
  /** Where in `metrics` each late point is. */
  const places = new Map<number, number>();
  const passed = new PassedPoints();
  await readTopic<PlainPoint>(client, env, 'metrics', (record) => {
    const number = numberOf(record.value.id);
    passed.add(number);
    if (lateNumbers.has(number)) places.set(number, record.partition);
    named.observe(record);
    expected.addPoint(record);
  });
  expected.finish();
  for (const number of passed.twice) findings.add('points duplicated', `p-${number}`);
  let missing = 0;
  for (const number of arrivals.numbers())
    if (!passed.has(number)) {
      missing += 1;
      findings.add('points missing', `p-${number}`);
    }
  for (const partition of book.added)
    if (!named.has(partition))
      findings.add('partitions unnamed', `no time note names partition ${partition} of ingest.metrics`);

  const reasons = new Map<LateReason, number>(LATE_REASONS.map((reason) => [reason, 0]));
  for (const report of reports) {
    const number = numberOf(report.point.id);
    const arrival = arrivals.of(number);
    if (arrival === undefined) {
      findings.add('late points unknown', report.point.id);
      continue;
    }
    const namedAt = () => named.since(places.get(number) ?? -1, arrival.partition);
    const reason = reasonOf(report.missed, arrival, SIZES, book, namedAt);
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    const { before, appendedAt, partition } = arrival;
    const of = `${report.point.id} of ${report.point.timestamp} in ingest.metrics[${partition}], appended at ${appendedAt}, its partition was at ${before} at most, the watermark at ${report.watermark}`;
    if (reason === 'none') findings.add('late points without cause', of);
    const { cause } = report;
    // In a hold, points of other partitions would have been in time as well with the held one counted.
    const foreign = cause === 'hold' && !book.isHolding(appendedAt);
    // The partition of the slow clock is passed over for that, held or not.
    const byArrival = book.slow.has(partition) || missedByArrival(report.missed, arrival, SIZES);
    const untold = cause === 'arrival' && reason === 'hold' && !byArrival;
    if (foreign || untold) findings.add('late points with a wrong cause', `${of}: ${cause}`);
  }

  const windows = await compareWindows(client, env, expected, findings, faultsEnd);
  const refused = await countRefused(client, env, findings);
  const counts = (what: string, kinds: readonly string[]) =>
    kinds.map((kind) => findings.count(`${what} ${kind}`));
  const kinds = ['duplicated', 'missing', 'wrong'];
  return [
    `points: ${arrivals.records} records in ingest.metrics, ${refused} refused`,
    `late: ${[...reasons].map(([reason, count]) => `${count} ${WORDS[reason]}`).join(', ')}`,
    ...tableOf(
      ['', 'expected', 'found', ...kinds, 'without cause'],
      [
        ['points', arrivals.points, passed.count, passed.twice.length, missing, '', ''],
        ['windows', expected.windows.size, windows.found, ...counts('windows', kinds), ''],
        ['late', '', reports.length, ...counts('late points', kinds), reasons.get('none') ?? 0],
      ],
    ),
  ];
}

const WORDS: Readonly<Record<LateReason, string>> = {
  arrival: 'when they arrived',
  hold: 'in a hold of the test',
  slow: 'of the slow clock',
  unnamed: 'of partitions not yet named',
  none: 'without cause',
};

/** Numbers of points that came through, a bit each. */
class PassedPoints {
  #bits = new Uint8Array(65_536);
  readonly twice: number[] = [];
  count = 0;

  add(number: number): void {
    const byte = number >> 3;
    while (byte >= this.#bits.length) {
      const larger = new Uint8Array(this.#bits.length * 2);
      larger.set(this.#bits);
      this.#bits = larger;
    }
    if (this.has(number)) {
      this.twice.push(number);
      return;
    }
    this.#bits[byte] = (this.#bits[byte] as number) | (1 << (number & 7));
    this.count += 1;
  }

  has(number: number): boolean {
    return ((this.#bits[number >> 3] ?? 0) & (1 << (number & 7))) !== 0;
  }
}
