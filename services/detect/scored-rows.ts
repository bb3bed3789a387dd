import { TactusError } from '../../shared/core/errors.js';
import { parseTimestamp } from '../../shared/core/timestamp.js';
import type { DetectionResult, Detector, Observation } from '../../shared/detection/detector.js';
import { observeSeries } from '../../shared/detection/observe-series.js';
import { type Columns, columnsOf, isMissing, parseFields, parseValue } from './csv.js';
import { csvRow, type RowFormat } from './row-format.js';
import { Rubbish } from './rubbish.js';

export const HEADER = 'timestamp,value,anomaly_score,expected,lower,upper';

/** Receives each scored row, for instance for a plot. */
export type RowListener = (at: number, value: number | null, result: DetectionResult) => void;

/**
 * Scores lines of CSV in order, one output line per row; a score depends only on rows up to its own. Blank lines are
 * skipped. A blank value, or one that is no number, is a missing point: its score is 0 and the detector does not learn
 * from it. What is odd is counted.
 */
export class ScoredRows<State> {
  readonly #observe: (observation: Observation) => DetectionResult;
  #columns: Columns | null = null;
  #line = 0;
  #last: number | null = null;
  #fields = 0;
  /** Rows scored. */
  count = 0;
  readonly rubbish = new Rubbish();

  constructor(
    detector: Detector<State>,
    readonly listener: RowListener = () => undefined,
    readonly format: RowFormat = csvRow,
  ) {
    this.#observe = observeSeries(detector);
  }

  /**
   * The output line, or null for the header and blank lines.
   *
   * @throws TactusError `TACTUS_CSV_INVALID` when the header or the first row cannot be read
   */
  next(line: string): string | null {
    this.#line++;
    const text = this.#line === 1 ? line.replace(/^\uFEFF/, '') : line;
    if (text.trim() === '') return null;
    const fields = parseFields(text);
    if (this.#columns === null) {
      const hasHeader = parseTimestamp((fields[0] ?? '').trim()) === null;
      this.#columns = hasHeader ? columnsOf(fields) : { timestamp: 0, value: 1 };
      this.#fields = fields.length;
      if (hasHeader) return null;
    }
    this.count++;
    const timestamp = fields[this.#columns.timestamp] ?? '';
    const given = fields[this.#columns.value] ?? '';
    const at = this.#timeOf(timestamp);
    const value = this.#valueOf(given, fields.length, text);
    const result = this.#observe({ at, value });
    this.listener(at, value, result);
    return this.format({ timestamp, given, at, value, result });
  }

  #valueOf(given: string, fields: number, text: string): number | null {
    if (fields > this.#fields) {
      this.rubbish.add('fields', this.#line, text);
      return null;
    }
    const value = parseValue(given);
    if (value === null && !isMissing(given)) this.rubbish.add('value', this.#line, given);
    return value;
  }

  #timeOf(timestamp: string): number {
    const parsed = parseTimestamp(timestamp.trim());
    const before = this.#last;
    const at = parsed ?? before;
    if (at === null)
      throw new TactusError(
        'TACTUS_CSV_INVALID',
        `line ${this.#line}: timestamp "${timestamp}" must be ISO 8601, YYYY-MM-DD HH:MM:SS or epoch s/ms`,
      );
    if (parsed === null) this.rubbish.add('time', this.#line, timestamp);
    else if (before !== null && parsed < before) this.rubbish.add('order', this.#line, timestamp);
    this.#last = at;
    return at;
  }
}
