import type { MetricPoint } from '../../../schemas/types.js';
import { TactusError } from '../../../shared/core/errors.js';
import { ByteTable } from '../../../shared/wire/byte-table.js';
import { toJson } from './rows.js';

/** A series' columns as the database gets them. */
export interface SeriesColumns {
  readonly tenant: Buffer;
  readonly metric: Buffer;
  /** JSON. */
  readonly tags: Buffer;
}

interface Entry extends SeriesColumns {
  statement: number;
  place: number;
}

/** Beyond this many all are forgotten, which costs decoding those that come again once more. */
const MAX_SERIES = 65_536;

/**
 * The series that were met, by the bytes of their identity, with their columns ready to be sent; and
 * the number that each has in the statement that is being filled.
 */
export class KnownSeries {
  #table = new ByteTable();
  #entries: Entry[] = [];
  #statement = 0;

  /** Numbers begin anew. */
  startStatement(): void {
    this.#statement += 1;
  }

  /**
   * The number of a series in this statement.
   *
   * @param decode the point that these bytes are the series of; called when it is not known yet
   * @param add called when the statement does not have the series yet; gives its number
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
      entry.place = add(entry);
    }
    return entry.place;
  }

  #learn(view: DataView, start: number, end: number, decode: () => MetricPoint): Entry | null {
    let point: MetricPoint;
    try {
      point = decode();
    } catch (error) {
      if (error instanceof TactusError) return null;
      throw error;
    }
    if (this.#entries.length >= MAX_SERIES) this.#forget();
    const entry = {
      tenant: Buffer.from(point.tenantId),
      metric: Buffer.from(point.metric),
      tags: Buffer.from(toJson(point.tags)),
      statement: 0,
      place: 0,
    };
    this.#table.add(view, start, end, this.#entries.push(entry) - 1);
    return entry;
  }

  #forget(): void {
    this.#table = new ByteTable();
    this.#entries = [];
  }
}
