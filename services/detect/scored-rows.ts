import { TactusError } from '../../shared/core/errors.js';
import { parseTimestamp } from '../../shared/core/timestamp.js';
import type { DetectionResult, Detector } from '../../shared/detection/detector.js';
import { type Columns, columnsOf, formatField, parseFields, parseValue } from './csv.js';

export const HEADER = 'timestamp,value,anomaly_score,expected,lower,upper';

/** Receives each scored row, for instance for a plot. */
export type RowListener = (at: number, value: number | null, result: DetectionResult) => void;

/**
 * Scores lines of CSV in order, one output line per row; a score depends only on rows up to its own. Blank lines are
 * skipped. A blank value, or one that is no number, is a missing point: its score is 0 and the detector does not learn
 * from it.
 */
export class ScoredRows<State> {
  #state: State;
  #columns: Columns | null = null;
  #line = 0;
  #last: number | null = null;
  /** Number of rows with an unreadable timestamp; they are scored at the time of the previous row. */
  unreadableTimes = 0;

  constructor(
    readonly detector: Detector<State>,
    readonly listener: RowListener = () => undefined,
  ) {
    this.#state = detector.initial();
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
      if (hasHeader) return null;
    }
    const time = fields[this.#columns.timestamp] ?? '';
    const given = fields[this.#columns.value] ?? '';
    const value = parseValue(given);
    const result = this.#score(time, value);
    const { score, expected, lower, upper } = result;
    const figures = [score, expected, lower, upper].map(formatNumber).join(',');
    return `${formatField(time)},${formatField(given)},${figures}`;
  }

  #score(time: string, value: number | null): DetectionResult {
    const parsed = parseTimestamp(time.trim());
    if (parsed === null) this.unreadableTimes++;
    const at = parsed ?? this.#last;
    if (at === null)
      throw new TactusError(
        'TACTUS_CSV_INVALID',
        `line ${this.#line}: timestamp "${time}" must be ISO 8601, YYYY-MM-DD HH:MM:SS or epoch s/ms`,
      );
    this.#last = at;
    const [next, result] = this.detector.observe(this.#state, { at, value });
    this.#state = next;
    this.listener(at, value, result);
    return result;
  }
}

/** Nine significant digits, which hides rounding errors. */
function formatNumber(value: number): string {
  return String(Number(value.toPrecision(9)));
}
