import type { MetricPoint } from '../../../schemas/types.js';
import { TactusError } from '../../../shared/core/errors.js';
import { ByteTable } from '../../../shared/wire/byte-table.js';
import { toJson } from '../rows/json.js';

/** A series' columns as they are sent to the database. */
export interface SeriesColumns {
  readonly tenant: Buffer;
  readonly metric: Buffer;
  /** JSON. */
  readonly tags: Buffer;
}

interface Entry extends SeriesColumns {
  statement: number;
  number: number;
}

/** When there are more, all are forgotten: series that recur are then decoded once more. */
const MAX_SERIES = 65_536;
/** The same by the length of what identifies them, which their columns about double. */
const MAX_BYTES = 33_554_432;

/**
 * Caches the encoded columns of series by the bytes that identify them, together with the number of each
 * series in the statement that is being filled.
 */
export class KnownSeries {
  #table = new ByteTable();
  #entries: Entry[] = [];
  #statement = 0;

  /** Memory that identities take. */
  get bytes(): number {
    return this.#table.bytes;
  }

  /** Restarts the numbering. */
  startStatement(): void {
    this.#statement += 1;
  }

  /**
   * The number of a series in this statement.
   *
   * @param decode decodes the point of these bytes; called for an unknown series
   * @param add adds the series to the statement and returns its number; called when it is not in it yet
   * @returns -1 when the point cannot be decoded
   */
  number(
    view: DataView,
    start: number,
    end: number,
    decode: () => MetricPoint,
    add: (series: SeriesColumns) => number,
  ): number {
    const known = this.#table.find(view, start, end);
    const entry = known < 0 ? this.#learn(view, start, end, decode) : (this.#entries[known] as Entry);
    if (entry === null) return -1;
    if (entry.statement !== this.#statement) {
      entry.statement = this.#statement;
      entry.number = add(entry);
    }
    return entry.number;
  }

  #learn(view: DataView, start: number, end: number, decode: () => MetricPoint): Entry | null {
    let point: MetricPoint;
    try {
      point = decode();
    } catch (error) {
      if (error instanceof TactusError) return null;
      throw error;
    }
    if (this.#entries.length >= MAX_SERIES || this.#table.runBytes >= MAX_BYTES) this.#forget();
    const entry = {
      tenant: Buffer.from(point.tenantId),
      metric: Buffer.from(point.metric),
      tags: Buffer.from(toJson(point.tags)),
      statement: 0,
      number: 0,
    };
    this.#table.add(view, start, end, this.#entries.push(entry) - 1);
    return entry;
  }

  #forget(): void {
    this.#table = new ByteTable();
    this.#entries = [];
  }
}
