import type { Millis } from '../core/clock.js';
import type { DetectionResult } from './detector.js';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** What is less than this share of the figures beside it is nothing: a mean that comes down to 0 gets there never. */
const NOTHING = 1e-9;
/** From so many times the expected value on the difference says more. */
const LARGEST_MULTIPLE = 1_000;

/**
 * A result as text: "42 % below the usual 61 of Tuesday 14:00 UTC (band 55 to 67)". What is no matter of the single
 * value is said first: "moved from about 12 to about 20; ...".
 */
export function explain(at: Millis, value: number, result: DetectionResult): string {
  const { isSeasonal } = result;
  const [seen, expected, lower, upper] = beside(value, result.expected, result.lower, result.upper);
  const usual = isSeasonal
    ? `the usual ${figure(expected)} of ${weekdayAndTime(at)}`
    : `the expected ${figure(expected)}`;
  const band = `(band ${figure(lower)} to ${figure(upper)})`;
  return [about(result, at), `${compared(seen, expected, usual)} ${band}`].filter(Boolean).join('; ');
}

/** Figures that are read together. */
function beside<T extends readonly number[]>(...figures: T): { [K in keyof T]: number } {
  const least = NOTHING * Math.max(...figures.map(Math.abs));
  return figures.map((one) => (Math.abs(one) < least ? 0 : one)) as { [K in keyof T]: number };
}

/** What the loudest part saw, where the comparison with the expected value does not say it. */
function about({ reason }: DetectionResult, at: Millis): string {
  const part = reason?.parts[0];
  if (reason === null || part === undefined) return '';
  const [usual, seen] = beside(reason.usual, reason.seen);
  const from = figure(usual);
  const to = figure(seen);
  const way = seen > usual ? 'above' : 'below';
  switch (part) {
    case 'threshold':
      return `${way} the limit of ${figure(reason.usual)}`;
    case 'shift':
      return `moved from about ${from} to about ${to}`;
    case 'rate':
      return `changed by ${to} at once, where ${from} is usual`;
    case 'swing':
      if (usual === 0) return `swings by ${to} from one to the next, where ${from} is usual`;
      return seen > usual
        ? `swings ${figure(seen / usual)}x as far as usual`
        : `hardly moves: ${to} from one to the next, where ${from} is usual`;
    case 'seasonal-shift':
      return `for some time ${way} what is usual around ${weekdayAndTime(at)} (about ${to}, not ${from})`;
    case 'seasonal-drift':
      return `for hours ${way} what is usual at these times (about ${to}, not ${from})`;
    case 'stuck':
      return `the same value ${seen + 1} times in a row, where at most ${areUsual(Math.round(usual) + 1)}`;
    case 'absence':
      return `what comes about every ${duration(reason.usual)} is overdue, last on ${weekdayAndTime(at - reason.seen)}`;
    default:
      return '';
  }
}

function areUsual(count: number): string {
  return `${count} ${count === 1 ? 'is' : 'are'} usual`;
}

/**
 * In per cent up to twice the expected value and as a multiple beyond; the difference where that is nearly nothing, and of figures
 * that are not both positive.
 */
function compared(value: number, expected: number, usual: string): string {
  const [difference] = beside(Math.abs(value - expected), value, expected);
  if (difference === 0) return `equal to ${usual}`;
  const ratio = value / expected;
  if (ratio >= 2 && ratio < LARGEST_MULTIPLE) return `${figure(ratio)}x ${usual}`;
  const side = value >= expected ? 'above' : 'below';
  const percent = 100 * Math.abs(ratio - 1);
  if (expected > 0 && value >= 0 && ratio < 2 && percent >= 1) return `${figure(percent)} % ${side} ${usual}`;
  return `${figure(difference)} ${side} ${usual}`;
}

/** A series that fell silent: "nothing since Tuesday 09:00 UTC, for 10 windows of others; at most 9 are usual". */
export function explainSilence(last: Millis, ticks: number, usual: number): string {
  return `nothing since ${weekdayAndTime(last)}, for ${ticks} windows of others; at most ${areUsual(usual)}`;
}

/** Metrics that are odd in their combination: "not seen together before: cpu 99 (usually 50), load 0.2 (usually 2.5)". */
export function explainTogether(
  metrics: readonly { readonly metric: string; readonly value: number; readonly usual: number }[],
): string {
  const each = metrics.map(({ metric, ...figures }) => {
    const [value, usual] = beside(figures.value, figures.usual);
    return `${metric} ${figure(value)} (usually ${figure(usual)})`;
  });
  return `not seen together before: ${each.join(', ')}`;
}

function weekdayAndTime(at: Millis): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return String(at);
  return `${DAYS[time.getUTCDay()]} ${time.toISOString().slice(-13, -8)} UTC`;
}

const UNITS = [
  { ms: 86_400_000, name: 'd' },
  { ms: 3_600_000, name: 'h' },
  { ms: 60_000, name: 'min' },
] as const;

/** In the largest unit of which it is at least two. */
function duration(ms: Millis): string {
  const unit = UNITS.find((each) => ms >= 2 * each.ms) ?? { ms: 1_000, name: 's' };
  return `${figure(Math.round((10 * ms) / unit.ms) / 10)} ${unit.name}`;
}

/** Three significant digits, whole numbers up to a million in full. */
function figure(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 100 && magnitude < 1e6) return value.toFixed(0);
  return String(Number(value.toPrecision(3)));
}
