import type { Millis } from '../../../shared/core/clock.js';
import { CAUSES, type Cause } from './cause.js';
import { delayQuantile } from './delays.js';
import type { StoredFigures, StreamFigures } from './figures.js';
import type { Difference } from './judge.js';
import { accuracy, addTally, completeness, emptyTally, type Tally } from './tally.js';

/** A stretch of time that could not be judged, and why. */
export interface NotJudged {
  readonly window: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

/** What was found of one tenant and definition. Times are in milliseconds, null when no window was written. */
export interface ReportLine {
  readonly tenantId: string;
  readonly window: string;
  readonly completeness: number;
  readonly accuracy: number;
  readonly timelinessMs: {
    readonly p50: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
  };
  readonly points: { readonly stored: number; readonly counted: number; readonly late: number };
  readonly windows: { readonly written: number; readonly equal: number };
  readonly differences: Readonly<Record<Cause, number>>;
}

/** One window that differs, with both sides; `stored` is over all its points, late ones included. */
export interface ReportDifference {
  readonly tenantId: string;
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly window: string;
  readonly start: string;
  readonly cause: Cause;
  readonly detail: string;
  readonly stream: StreamFigures | null;
  readonly stored: StoredFigures | null;
}

/** What `tactus reconcile --json` prints. */
export interface Report {
  readonly from: string;
  readonly to: string;
  readonly tenant: string | null;
  readonly tolerance: number;
  /** False when a window differs for another reason than late points. */
  readonly sound: boolean;
  readonly completeness: number;
  readonly accuracy: number;
  readonly lines: readonly ReportLine[];
  readonly differences: readonly ReportDifference[];
  /** Differences beyond those that are listed. */
  readonly further: number;
  readonly notJudged: readonly NotJudged[];
}

/** Collects what is found; differences up to a limit, those with a grave cause in preference to late ones. */
export class ReportBuilder {
  readonly #tallies = new Map<string, Map<string, Tally>>();
  readonly #grave: Difference[] = [];
  readonly #late: Difference[] = [];
  readonly notJudged: NotJudged[] = [];

  constructor(private readonly most: number) {}

  judged(window: string, verdict: ReadonlyMap<string, Tally>, differences: readonly Difference[]): void {
    for (const [tenantId, tally] of verdict) {
      const ofTenant = this.#tallies.get(tenantId) ?? new Map<string, Tally>();
      this.#tallies.set(tenantId, ofTenant);
      const sum = ofTenant.get(window) ?? emptyTally();
      ofTenant.set(window, sum);
      addTally(sum, tally);
    }
    for (const difference of differences) {
      const list = difference.cause === 'late' ? this.#late : this.#grave;
      if (list.length < this.most) list.push(difference);
    }
  }

  build(about: Pick<Report, 'from' | 'to' | 'tenant' | 'tolerance'>): Report {
    const total = emptyTally();
    const lines: ReportLine[] = [];
    for (const [tenantId, windows] of [...this.#tallies].sort(([a], [b]) => (a < b ? -1 : 1)))
      for (const [window, tally] of [...windows].sort(([a], [b]) => (a < b ? -1 : 1))) {
        addTally(total, tally);
        lines.push(lineOf(tenantId, window, tally));
      }
    const differences = [...this.#grave, ...this.#late].slice(0, this.most).map(differenceOf);
    const all = CAUSES.reduce((sum, cause) => sum + total.causes[cause], 0);
    return {
      ...about,
      sound: all === total.causes.late,
      completeness: completeness(total),
      accuracy: accuracy(total),
      lines,
      differences,
      further: all - differences.length,
      notJudged: this.notJudged,
    };
  }
}

function lineOf(tenantId: string, window: string, tally: Tally): ReportLine {
  const quantile = (q: number) => {
    const ms = delayQuantile(tally.delays, q);
    return ms === null ? null : Math.round(ms);
  };
  const { stored, counted, late } = tally;
  return {
    tenantId,
    window,
    completeness: completeness(tally),
    accuracy: accuracy(tally),
    timelinessMs: { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) },
    points: { stored, counted, late },
    windows: { written: tally.windows, equal: tally.equal },
    differences: tally.causes,
  };
}

function differenceOf({
  tenantId,
  metric,
  tags,
  window,
  start,
  cause,
  finding,
  evidence,
}: Difference): ReportDifference {
  return {
    ...{ tenantId, metric, tags, window, start: isoTime(start), cause },
    detail: finding.detail,
    stream: evidence.stream,
    stored: evidence.all,
  };
}

/** A time as text; what lies beyond the calendar, as when nothing limits it, as its sign. */
export function isoTime(ms: Millis): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : ms > 0 ? 'ever' : 'the beginning';
}
