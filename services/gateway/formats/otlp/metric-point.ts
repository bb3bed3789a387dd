import { BYTES, FIXED64, type ProtobufReader, VARINT } from '../protobuf/reader.js';

/** Fields of Metric that hold points, of which a metric has one. */
export const GAUGE_DATA = 5;
export const SUM_DATA = 7;
export const HISTOGRAM_DATA = 9;
export const EXPONENTIAL_DATA = 10;
export const SUMMARY_DATA = 11;
export const DATA_FIELDS: ReadonlySet<number> = new Set([
  GAUGE_DATA,
  SUM_DATA,
  HISTOGRAM_DATA,
  EXPONENTIAL_DATA,
  SUMMARY_DATA,
]);

/** Numbers of the fields that the kinds of points have in different places; 0 for none. */
interface Layout {
  readonly attributes: number;
  readonly flags: number;
  readonly min: number;
  readonly max: number;
}
const NUMBER: Layout = { attributes: 7, flags: 8, min: 0, max: 0 };
const LAYOUTS: Readonly<Record<number, Layout>> = {
  [HISTOGRAM_DATA]: { attributes: 9, flags: 10, min: 11, max: 12 },
  [EXPONENTIAL_DATA]: { attributes: 1, flags: 10, min: 12, max: 13 },
};

/** Bit 0 of a point's flags. */
const NO_RECORDED_VALUE = 1;
const NANOS_PER_MS = 1e6;
const TWO_32 = 2 ** 32;
/** 2^32 nanoseconds are so many milliseconds, and so many nanoseconds more. */
const HIGH_MS = 4_294;
const HIGH_REST = 967_296;

/** Reads data points of all kinds, one at a time: what it has is of the one read last. */
export class MetricPoint {
  attributesField = 0;
  /** Milliseconds, and what is left of the nanoseconds. */
  timeMs = 0;
  timeRest = 0;
  startMs = 0;
  startRest = 0;
  hasNoValue = false;
  /** Of numbers. */
  value = 0;
  valueAt = -1;
  /** Of the others; places are -1 for what is missing. */
  count = 0;
  sumAt = -1;
  minAt = -1;
  maxAt = -1;
  readonly #quantile = { quantile: 0, valueAt: -1, value: 0 };

  constructor(private readonly reader: ProtobufReader) {}

  /**
   * Reads a point, and copies its attributes to a key from `keyStart` on.
   *
   * @returns the end of the key; -1 where it is too long
   */
  read(from: number, to: number, data: number, key: Buffer, keyStart: number): number {
    const { reader } = this;
    const isNumber = data === GAUGE_DATA || data === SUM_DATA;
    const layout = LAYOUTS[data] ?? NUMBER;
    this.attributesField = layout.attributes;
    this.timeMs = this.timeRest = this.startMs = this.startRest = 0;
    this.hasNoValue = false;
    this.valueAt = this.sumAt = this.minAt = this.maxAt = -1;
    this.count = 0;
    let keyEnd = keyStart;
    // Attributes mostly stand one behind the other: then they are copied at once.
    let runFrom = from;
    let runTo = from;
    reader.at = from;
    for (let start = from; reader.next(to); start = reader.at) {
      const { field } = reader;
      if (field === layout.attributes) {
        if (runTo !== start) {
          keyEnd = this.#copy(runFrom, runTo, key, keyEnd);
          runFrom = start;
        }
        runTo = reader.at;
      } else if (field === 2) {
        reader.expect(FIXED64);
        this.startRest = this.#nanos(reader.from);
        this.startMs = this.#ms;
      } else if (field === 3) {
        reader.expect(FIXED64);
        this.timeRest = this.#nanos(reader.from);
        this.timeMs = this.#ms;
      } else if (field === layout.flags) {
        reader.expect(VARINT);
        this.hasNoValue = reader.unsigned % 2 === NO_RECORDED_VALUE;
      } else if (isNumber && field === 4) {
        this.value = reader.double();
        this.valueAt = reader.from;
      } else if (isNumber && field === 6) {
        reader.expect(FIXED64);
        this.value = this.#whole(reader.from, true);
        this.valueAt = reader.from;
      } else if (!isNumber && field === 4) {
        reader.expect(FIXED64);
        this.count = this.#whole(reader.from, false);
      } else if (!isNumber && field === 5) {
        reader.double();
        this.sumAt = reader.from;
      } else if (field === layout.min) {
        reader.double();
        this.minAt = reader.from;
      } else if (field === layout.max) {
        reader.double();
        this.maxAt = reader.from;
      }
    }
    return this.#copy(runFrom, runTo, key, keyEnd);
  }

  double(at: number): number {
    return this.reader.view.getFloat64(at, true);
  }

  /** Reads the ValueAtQuantile that the reader's field holds. */
  readQuantile(): { readonly quantile: number; readonly valueAt: number; readonly value: number } {
    const { reader } = this;
    const read = this.#quantile;
    reader.expect(BYTES);
    const end = reader.to;
    read.quantile = 0;
    read.valueAt = -1;
    read.value = 0;
    reader.at = reader.from;
    while (reader.next(end))
      if (reader.field === 1) read.quantile = reader.double();
      else if (reader.field === 2) {
        read.value = reader.double();
        read.valueAt = reader.from;
      }
    return read;
  }

  #copy(start: number, end: number, key: Buffer, at: number): number {
    const length = end - start;
    if (at < 0 || at + length > key.length) return -1;
    this.reader.bytes.copy(key, at, start, end);
    return at + length;
  }

  #ms = 0;

  /** Sets the milliseconds, and returns the rest: exactly, though nanoseconds are more than a number holds. */
  #nanos(at: number): number {
    const { view } = this.reader;
    const low = view.getUint32(at, true);
    const high = view.getUint32(at + 4, true);
    const rest = high * HIGH_REST + low;
    const more = Math.floor(rest / NANOS_PER_MS);
    this.#ms = high * HIGH_MS + more;
    return rest - more * NANOS_PER_MS;
  }

  #whole(at: number, signed: boolean): number {
    const { view } = this.reader;
    const high = signed ? view.getInt32(at + 4, true) : view.getUint32(at + 4, true);
    return high * TWO_32 + view.getUint32(at, true);
  }
}
