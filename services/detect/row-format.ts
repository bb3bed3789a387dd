import type { DetectionResult } from '../../shared/detection/detector.js';
import { explain } from '../../shared/detection/explain.js';
import { formatField } from './csv.js';

/** A row as it was given, and what the detector found. */
interface ScoredRow {
  readonly timestamp: string;
  readonly given: string;
  readonly at: number;
  readonly value: number | null;
  readonly result: DetectionResult;
}

export type RowFormat = (row: ScoredRow) => string;

/** Timestamp and value as they came. */
export function csvRow({ timestamp, given, result }: ScoredRow): string {
  const { score, expected, lower, upper } = result;
  const figures = [score, expected, lower, upper].map(rounded).join(',');
  return `${formatField(timestamp)},${formatField(given)},${figures}`;
}

/** An object a line; `severity` and `explanation` are null unless it is an anomaly. */
export function jsonRow({ timestamp, at, value, result }: ScoredRow): string {
  const { score, expected, lower, upper, isAnomaly, severity } = result;
  return JSON.stringify({
    timestamp,
    value,
    ...{ score: rounded(score), expected: rounded(expected), lower: rounded(lower), upper: rounded(upper) },
    isAnomaly,
    severity: isAnomaly ? severity : null,
    explanation: isAnomaly && value !== null ? explain(at, value, result) : null,
  });
}

/** Nine significant digits, which hides rounding errors. */
function rounded(value: number): number {
  return Number(value.toPrecision(9));
}
