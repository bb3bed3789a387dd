import type { Span } from '../time/moment.js';
import type { ChartMark } from './series.js';

/** Marks that are drawn as one, because they would cover one another. */
export interface Segment extends Span {
  readonly lane: Lane;
  readonly severity: string;
  /** Of the width, from the left. */
  readonly left: number;
  readonly width: number;
  /** The most severe first. */
  readonly marks: readonly ChartMark[];
}

/** What happened in the figures, and what happened to them. */
export type Lane = 'figures' | 'data';

const LEAST_WIDTH = 0.012;
const RANKS: Readonly<Record<string, number>> = { info: 1, warning: 2, critical: 3 };
const rank = ({ severity }: { readonly severity: string }) => RANKS[severity] ?? 0;
const laneOf = ({ kind }: ChartMark): Lane => (kind === 'late' || kind === 'corrected' ? 'data' : 'figures');

/** Where marks are in a range, from left to right; at most 84 in each lane, as each has a least width. */
export function ribbonOf(marks: readonly ChartMark[], span: Span): Segment[] {
  const length = span.end - span.start;
  const segments: Segment[] = [];
  const visible = marks.filter(({ start, end }) => end >= span.start && start < span.end);
  const last: Partial<Record<Lane, number>> = {};
  for (const mark of visible.sort((a, b) => a.start - b.start)) {
    const lane = laneOf(mark);
    const left = Math.max(0, Math.min(1 - LEAST_WIDTH, (mark.start - span.start) / length));
    const right = Math.min(1, Math.max(left + LEAST_WIDTH, (mark.end - span.start) / length));
    const own = { lane, severity: mark.severity, left, width: right - left, marks: [mark] };
    const before = segments[last[lane] ?? -1];
    if (before === undefined || left >= before.left + before.width) {
      last[lane] = segments.push({ ...own, start: mark.start, end: mark.end }) - 1;
      continue;
    }
    segments[last[lane] as number] = {
      ...before,
      severity: rank(mark) > rank(before) ? mark.severity : before.severity,
      width: Math.max(before.left + before.width, right) - before.left,
      end: Math.max(before.end, mark.end),
      marks: [...before.marks, mark].sort((a, b) => rank(b) - rank(a)),
    };
  }
  return segments;
}
