import { TactusError } from '../../shared/core/errors.js';
import type { DetectionResult, Detector } from '../../shared/detection/detector.js';
import { type Columns, columnsOf, fieldFor, fieldsOf, numberOf } from './csv.js';
import { parseTimestamp } from './timestamp.js';

export const HEADER = 'timestamp,value,anomaly_score,expected,lower,upper';

/** Is told of each row that had a time, such as for a plot. */
export type RowListener = (at: number, value: number | null, result: DetectionResult) => void;

/**
 * Turns lines of CSV into scored lines, one for each row and in their order: line n knows of rows up
 * to n only. Blank lines are no rows. A blank value, or one that is no number, is a missing point:
 * it scores 0 and nothing is learnt of it.
 */
export class ScoredRows<State> {
  #state: State;
  #columns: Columns | null = null;
  #line = 0;
  #last: number | null = null;
  /** Rows whose time could not be read; they are judged at the time of the row before. */
  unreadableTimes = 0;

  constructor(
    readonly detector: Detector<State>,
    readonly listener: RowListener = () => undefined,
  ) {
    this.#state = detector.initial();
  }

  /**
   * The line to write, or null where there is none (the header, blank lines).
   *
   * @throws TactusError `TACTUS_CSV_INVALID` when the header or the first row cannot be read
   */
  next(line: string): string | null {
    this.#line++;
    const text = this.#line === 1 ? line.replace(/^\uFEFF/, '') : line;
    if (text.trim() === '') return null;
    const fields = fieldsOf(text);
    if (this.#columns === null) {
      const hasHeader = parseTimestamp((fields[0] ?? '').trim()) === null;
      this.#columns = hasHeader ? columnsOf(fields) : { timestamp: 0, value: 1 };
      if (hasHeader) return null;
    }
    const time = fields[this.#columns.timestamp] ?? '';
    const given = fields[this.#columns.value] ?? '';
    const value = numberOf(given);
    const result = this.#judge(time, value);
    const { score, expected, lower, upper } = result;
    const figures = [score, expected, lower, upper].map(figure).join(',');
    return `${fieldFor(time)},${fieldFor(given)},${figures}`;
  }

  #judge(time: string, value: number | null): DetectionResult {
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

/** Nine significant digits, so that no noise of rounding is written. */
function figure(value: number): string {
  return String(Number(value.toPrecision(9)));
}
