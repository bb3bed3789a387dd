import type { Millis } from '../../../shared/core/clock.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import { delayQuantile } from '../../../shared/windows/delays.js';
import {
  accuracy,
  addTally,
  CAUSES,
  type Cause,
  completeness,
  emptyTally,
  type Tally,
} from '../../../shared/windows/tally.js';
import type { StoredFigures, StreamFigures } from './figures.js';
import { isExplained } from './finding.js';
import type { Difference, SlotResult } from './slot-comparison.js';

/** A time range that could not be compared, and why. */
export interface NotCompared {
  readonly window: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

/** The result for one tenant and definition. Times are in milliseconds, null when no window was written. */
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

/** One differing window, with both sides; `stored` is over all its points, late ones included. */
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

/** The output of `tactus reconcile --json`. */
export interface Report {
  readonly from: string;
  readonly to: string;
  readonly tenant: string | null;
  readonly tolerance: number;
  /** False when a window differs and neither late points nor the bound of sketches explain it. */
  readonly sound: boolean;
  readonly completeness: number;
  readonly accuracy: number;
  readonly lines: readonly ReportLine[];
  readonly differences: readonly ReportDifference[];
  /** Number of differences that are not listed. */
  readonly further: number;
  readonly notCompared: readonly NotCompared[];
}

/** Collects results, and differences up to a limit: unexplained ones first, then those with late points. */
export class ReportBuilder {
  readonly #tallies = new Map<string, Map<string, Tally>>();
  readonly #unexplained: Difference[] = [];
  readonly #late: Difference[] = [];
  readonly notCompared: NotCompared[] = [];

  constructor(private readonly limit: number) {}

  add(window: string, result: SlotResult, differences: readonly Difference[]): void {
    for (const [tenantId, tally] of result) {
      const ofTenant = this.#tallies.get(tenantId) ?? new Map<string, Tally>();
      this.#tallies.set(tenantId, ofTenant);
      const sum = ofTenant.get(window) ?? emptyTally();
      ofTenant.set(window, sum);
      addTally(sum, tally);
    }
    for (const difference of differences) {
      const list = isExplained(difference.finding) ? this.#late : this.#unexplained;
      if (list.length < this.limit) list.push(difference);
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
    const differences = [...this.#unexplained, ...this.#late].slice(0, this.limit).map(differenceOf);
    const all = CAUSES.reduce((sum, cause) => sum + total.causes[cause], 0);
    return {
      ...about,
      sound: all === total.causes.late + total.causes.refused,
      completeness: completeness(total),
      accuracy: accuracy(total),
      lines,
      differences,
      further: all - differences.length,
      notCompared: this.notCompared,
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
  figures,
}: Difference): ReportDifference {
  return {
    ...{ tenantId, metric, tags, window, start: timeInWords(start), cause },
    detail: finding.detail,
    stream: figures.stream,
    stored: figures.all,
  };
}

/** A time as text; an infinite one, which stands for no limit, in words. */
export function timeInWords(ms: Millis): string {
  return Number.isFinite(ms) ? isoTime(ms) : ms > 0 ? 'ever' : 'the beginning';
}
