import { map, type OperatorFunction } from 'rxjs';
import type { MetricPoint } from '../../schemas/types.js';
import type { Millis } from '../core/clock.js';
import {
  PLACES,
  type RecordBatch,
  type RecordSegment,
  VALUE_LENGTH,
  VALUE_START,
} from '../core/record-batch.js';
import { refusalOf } from '../core/refusal.js';
import type { Refusal } from '../core/stage.js';
import type { ValueDecoder } from '../ports/codec.js';
import { type Advance, type KeyedBatch, NO_KEY } from '../windows/keyed-batch.js';
import type { SeriesIndex } from '../windows/series-index.js';
import { HEADER_BYTES } from '../wire/confluent-header.js';
import { CurrentSchema } from '../wire/current-schema.js';
import { MetricPointReader } from '../wire/metric-point-reader.js';

/** Records of `metrics`, and how they are to be taken. */
export interface PointRecords {
  readonly records: RecordBatch;
  /** The worker's clock. */
  readonly now: Millis;
  /** Offset of the first record that was not processed before a restart. */
  readonly next: number;
  /** How time goes on without a record. */
  readonly advance: Advance | null;
}

/** Points by the numbers of their series; the values are those of the points. */
export interface PointBatch extends KeyedBatch<number> {
  readonly records: RecordBatch;
  /** Records that are no points. */
  readonly refusals: readonly Refusal[];
}

/**
 * Reads the points of a batch where they lie in the fetched bytes, without an object for any of them, and
 * gives each the number of its series. What is not laid out as the current schema says goes through `decoder`.
 */
export function decodePoints(
  decoder: ValueDecoder<MetricPoint>,
  series: SeriesIndex,
): OperatorFunction<PointRecords, PointBatch> {
  const reader = new PointReader(decoder, series);
  return map((batch) => reader.read(batch));
}

class PointReader {
  readonly #view = new MetricPointReader();
  readonly #current: CurrentSchema;
  #columns = columnsOf(0);

  constructor(
    private readonly decoder: ValueDecoder<MetricPoint>,
    private readonly series: SeriesIndex,
  ) {
    this.#current = new CurrentSchema(decoder);
  }

  read({ records, now, next, advance }: PointRecords): PointBatch {
    const { length } = records;
    if (this.#columns.keys.length < length) this.#columns = columnsOf(length);
    const columns = this.#columns;
    columns.keys.fill(NO_KEY, 0, length);
    this.series.use(columns.keys.subarray(0, length));
    const refusals: Refusal[] = [];
    let from = 0;
    for (const segment of records.segments) {
      columns.offsets.set(segment.offsets.subarray(0, segment.length), from);
      columns.takenIn.set(segment.times.subarray(0, segment.length), from);
      this.#readSegment(segment, from, refusals);
      from += segment.length;
    }
    const replayed = replayedOf(columns.offsets, length, next);
    return {
      ...columns,
      ...{ length, replayed, now, advance, records },
      // Those of replayed records are in the log already.
      refusals: refusals.filter(({ index }) => index >= replayed),
    };
  }

  #readSegment(segment: RecordSegment, from: number, refusals: Refusal[]): void {
    const { bytes, length, places } = segment;
    const { keys, values, timestamps } = this.#columns;
    const { series } = this;
    const view = this.#view;
    const current = this.#current;
    const allCurrent = current.use(segment);
    view.use(bytes);
    for (let i = 0; i < length; i++) {
      const start = places[i * PLACES + VALUE_START] as number;
      const size = places[i * PLACES + VALUE_LENGTH] as number;
      let key = NO_KEY;
      if (allCurrent || current.has(start, size)) {
        key = series.next(view.words, start + HEADER_BYTES, start + size);
        if (key >= 0) {
          if (!view.readKnown(start, size, series.length)) key = NO_KEY;
        } else if (view.read(start, size)) key = series.find(view.words, view.seriesStart, view.seriesEnd);
      }
      if (key >= 0) {
        keys[from + i] = key;
        timestamps[from + i] = view.timestamp;
        values[from + i] = view.value;
      } else this.#decode(bytes, start, size, from + i, refusals);
    }
  }

  /** A value that is not found by its bytes: the whole of it, by the full decoder. */
  #decode(bytes: Buffer, start: number, size: number, index: number, refusals: Refusal[]): void {
    let point: MetricPoint;
    try {
      point = this.decoder.decode(size < 0 ? null : bytes.subarray(start, start + size));
    } catch (error) {
      refusals.push(refusalOf(error, index));
      return;
    }
    this.#columns.keys[index] = this.#intern(point, start, size);
    this.#columns.timestamps[index] = point.timestamp;
    this.#columns.values[index] = point.value;
  }

  /** The next value of the series is found by its bytes, if they are laid out as the current schema says. */
  #intern(point: MetricPoint, start: number, size: number): number {
    const view = this.#view;
    if (!this.#current.has(start, size) || !view.read(start, size)) return this.series.intern(point);
    return this.series.add(view.words, view.seriesStart, view.seriesEnd, point);
  }
}

/** Offsets ascend: those before `next` are at the front. */
function replayedOf(offsets: Float64Array, length: number, next: number): number {
  let replayed = 0;
  while (replayed < length && (offsets[replayed] as number) < next) replayed += 1;
  return replayed;
}

function columnsOf(length: number) {
  return {
    keys: new Int32Array(length),
    values: new Float64Array(length),
    timestamps: new Float64Array(length),
    offsets: new Float64Array(length),
    takenIn: new Float64Array(length),
  };
}
