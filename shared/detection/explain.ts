import type { Verdict } from './detector.js';

/**
 * A verdict in words: "3.1x the expected 12.4 (band 10.1 to 14.6)". A ratio says something only of two
 * figures of the same sign that are well away from each other; else the difference is given.
 */
export function explain(value: number, { expected, lower, upper }: Verdict): string {
  const band = `(band ${figure(lower)} to ${figure(upper)})`;
  const ratio = value / expected;
  if (Number.isFinite(ratio) && (ratio >= 1.2 || (ratio > 0 && ratio <= 0.8)))
    return `${figure(ratio)}x the expected ${figure(expected)} ${band}`;
  const side = value >= expected ? 'above' : 'below';
  return `${figure(Math.abs(value - expected))} ${side} the expected ${figure(expected)} ${band}`;
}

/** Three significant digits, whole numbers up to a million in full. */
function figure(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 100 && magnitude < 1e6) return value.toFixed(0);
  return String(Number(value.toPrecision(3)));
}
