import type { PlainPoint } from '../support/plain-client.js';
import { DEFINITIONS, SESSION, startsAround } from './definitions.js';
import type { Findings } from './findings.js';

/** A value of the topic `late`. */
export interface LateReport {
  readonly point: PlainPoint;
  readonly missed: readonly { readonly window: string; readonly start: number }[];
  readonly watermark: number;
  readonly latenessMs: number;
}

/** A record of `metrics` with the bounds of its partition's time after it. */
export interface PlacedRecord {
  readonly partition: number;
  readonly offset: number;
  readonly point: PlainPoint;
  readonly least: number;
  readonly most: number;
}

interface PointWindow {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** The partition's time at which it closes. */
  readonly closesAt: number;
}

/** The windows around a point, the first to close first. */
export function windowsAround(point: PlainPoint): PointWindow[] {
  return DEFINITIONS.filter(({ metricPrefix }) => point.metric.startsWith(metricPrefix))
    .flatMap((definition) =>
      startsAround(definition, point.timestamp).map((start) => {
        const end = start + definition.sizeMs;
        return { name: definition.name, start, end, closesAt: end + definition.graceMs };
      }),
    )
    .sort((a, b) => a.closesAt - b.closesAt);
}

/** True for a point that sessions are made of. */
export function hasSession({ metric }: PlainPoint): boolean {
  return metric.startsWith(SESSION.metricPrefix);
}

/** True when some window around the point was closed for certain. */
export function mustBeLate({ point, least }: Pick<PlacedRecord, 'point' | 'least'>): boolean {
  const { gapMs, maxMs, graceMs } = SESSION;
  // Whatever session it would join, that one would have been cut behind it.
  if (hasSession(point) && point.timestamp + gapMs + maxMs + graceMs <= least) return true;
  return windowsAround(point).some(({ closesAt }) => closesAt <= least);
}

/**
 * Compares the reports on one id with the records of that id.
 *
 * Copies of a record have the same windows and come at growing times, so the later of them have
 * missed more: with k reports on n copies, the reports by number of missed windows belong to the
 * last k copies.
 *
 * @returns for each copy the windows that it has missed, as `name/start`
 */
export function judgeLate(
  copies: readonly PlacedRecord[],
  reports: readonly LateReport[],
  findings: Findings,
): ReadonlySet<string>[] {
  const where = ({ partition, offset, point }: PlacedRecord) =>
    `${point.tenantId}/${point.id} (metrics[${partition}] at ${offset})`;
  const sorted = [...reports].sort((a, b) => a.missed.length - b.missed.length);
  const extra = sorted.splice(0, Math.max(0, sorted.length - copies.length));
  const first = copies[0];
  for (const report of extra)
    findings.add(
      first === undefined ? 'late points unknown' : 'late points duplicated',
      `${first === undefined ? report.point.id : where(first)}: ${reports.length} reports on ${copies.length} records`,
    );
  return copies.map((copy, i) => {
    const report = sorted[i - (copies.length - sorted.length)];
    if (report === undefined) {
      if (mustBeLate(copy)) findings.add('late points missing', where(copy));
      return new Set<string>();
    }
    for (const problem of problemsOf(copy, report))
      findings.add('late points wrong', `${where(copy)}: ${problem}`);
    const lastMissed = windowsAround(copy.point)[alignedOf(report).length - 1];
    if (lastMissed !== undefined && lastMissed.closesAt > copy.most)
      findings.add(
        'late points too early',
        `${where(copy)}: ${lastMissed.name} closes at ${lastMissed.closesAt}, the partition was at ${copy.most} at most`,
      );
    return new Set(report.missed.map(({ window, start }) => `${window}/${start}`));
  });
}

function problemsOf(copy: PlacedRecord, report: LateReport): string[] {
  const problems: string[] = [];
  const windows = windowsAround(copy.point);
  const missed = alignedOf(report)
    .map(({ window, start }) => `${window}/${start}`)
    .sort();
  problems.push(...sessionProblemsOf(copy, report));
  // What is closed at one time is the first so many windows: nothing is skipped, nothing foreign.
  const closed = windows.slice(0, missed.length);
  const wanted = closed.map(({ name, start }) => `${name}/${start}`).sort();
  const tied = windows[missed.length]?.closesAt === closed.at(-1)?.closesAt;
  if (report.missed.length === 0 || (missed.length > 0 && tied) || missed.join() !== wanted.join())
    problems.push(
      `missed ${missed.join(' ')}, which is no state of ${windows.map(({ name, start }) => `${name}/${start}`).join(' ')}`,
    );
  const certain = windows.filter(({ closesAt }) => closesAt <= copy.least).length;
  if (certain > missed.length) problems.push(`missed ${missed.length} windows, ${certain} were closed`);
  if (closed.some(({ end }) => end > report.watermark))
    problems.push(`watermark ${report.watermark} is before the end of a missed window`);
  if (report.latenessMs !== report.watermark - copy.point.timestamp)
    problems.push(`latenessMs ${report.latenessMs} is not watermark less timestamp`);
  const { timestamp, value, metric } = report.point;
  if (timestamp !== copy.point.timestamp || value !== copy.point.value || metric !== copy.point.metric)
    problems.push('the point is not the one of the record');
  return problems;
}

function alignedOf({ missed }: LateReport): LateReport['missed'] {
  return missed.filter(({ window }) => window !== SESSION.name);
}

/** Which session a point missed depends on more than the log shows; that it was behind time does not. */
function sessionProblemsOf(
  { point, least, most }: PlacedRecord,
  { missed, watermark }: LateReport,
): string[] {
  const { name, gapMs, maxMs, graceMs } = SESSION;
  const at = point.timestamp;
  const of = missed.filter(({ window }) => window === name);
  if (of.length === 0)
    return hasSession(point) && at + gapMs + maxMs + graceMs <= least
      ? ['missed no session, though any would have been cut behind it']
      : [];
  const problems: string[] = [];
  if (!hasSession(point) || of.length > 1 || of[0]?.start !== at)
    problems.push(`missed the sessions ${of.map(({ start }) => start)}`);
  if (at >= watermark || at >= most - graceMs)
    problems.push(`missed its session at watermark ${watermark}, the partition was at ${most} at most`);
  return problems;
}
