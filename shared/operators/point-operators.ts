import { map, type OperatorFunction } from 'rxjs';
import type { LatePoint, MetricPoint, WindowAggregate } from '../../schemas/types.js';
import type { Millis } from '../core/clock.js';
import { OutputBatch } from '../core/output-batch.js';
import {
  PLACES,
  type RecordBatch,
  type RecordSegment,
  VALUE_LENGTH,
  VALUE_START,
} from '../core/record-batch.js';
import { refusalOf } from '../core/refusal.js';
import type { Refusal } from '../core/stage.js';
import type { ValueDecoder, ValueEncoder } from '../ports/codec.js';
import { CELL, writeFigures } from '../windows/cells.js';
import {
  type Advance,
  type KeyedBatch,
  type LateEntry,
  NO_KEY,
  type RefusedEntry,
  type WindowedBatch,
} from '../windows/keyed-batch.js';
import type { ClosedRows, WindowRows } from '../windows/rows.js';
import type { SeriesIndex } from '../windows/series-index.js';
import { HEADER_BYTES, KnownLayouts } from '../wire/confluent-header.js';
import { GAUGE, KINDS, type KindNumber, MetricPointReader } from '../wire/metric-point-reader.js';
import { recordKey } from '../wire/series.js';
import { SortedIdentity } from '../wire/sorted-identity.js';
import { FIGURES, WindowAggregateWriter } from '../wire/window-aggregate-writer.js';

/*
 * The ends of the windowing worker's pipeline: points read where they lie in the fetched bytes, and windows
 * written as bytes.
 */

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
  readonly takenIn: Float64Array;
  /** Records that are no points. */
  readonly refusals: readonly Refusal[];
}

/**
 * Reads the points of a batch where they lie in the fetched bytes, without an object for any of them, and
 * gives each the number of its series. What is laid out neither as the current schema says nor as its first version goes
 * through `decoder`.
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
  readonly #sorted = new SortedIdentity();
  readonly #layouts: KnownLayouts;
  #columns = columnsOf(0);
  /** Some point of the batch is no gauge: only then is `kinds` of use. */
  #hasKinds = false;

  constructor(
    private readonly decoder: ValueDecoder<MetricPoint>,
    private readonly series: SeriesIndex,
  ) {
    this.#layouts = new KnownLayouts(decoder, this.#view);
  }

  read({ records, now, next, advance }: PointRecords): PointBatch {
    const { length } = records;
    if (this.#columns.keys.length < length) this.#columns = columnsOf(length);
    const columns = this.#columns;
    columns.keys.fill(NO_KEY, 0, length);
    this.#hasKinds = false;
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
    const { kinds, starts, ...others } = columns;
    return {
      ...others,
      kinds: this.#hasKinds ? { kinds, starts } : null,
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
    const layouts = this.#layouts;
    const allInPlace = layouts.use(segment);
    view.use(bytes);
    for (let i = 0; i < length; i++) {
      const start = places[i * PLACES + VALUE_START] as number;
      const size = places[i * PLACES + VALUE_LENGTH] as number;
      let key = NO_KEY;
      if (allInPlace || layouts.has(start, size)) {
        key = series.next(view.words, start + HEADER_BYTES, start + size);
        if (key >= 0) {
          if (!view.readKnown(start, size, series.length) || !view.readKind()) key = NO_KEY;
        } else if (view.read(start, size) && view.readKind()) {
          key = series.find(view.words, view.seriesStart, view.seriesEnd);
          if (key < 0) key = this.#findSorted();
        }
      }
      if (key >= 0) {
        keys[from + i] = key;
        timestamps[from + i] = view.timestamp;
        values[from + i] = view.value;
        if (view.kind !== GAUGE) this.#setKind(from + i, view.kind, view.startTimestamp);
      } else this.#decode(bytes, start, size, from + i, refusals);
    }
  }

  #setKind(index: number, kind: KindNumber, start: Millis): void {
    const { kinds, starts } = this.#columns;
    if (!this.#hasKinds) kinds.fill(GAUGE);
    this.#hasKinds = true;
    kinds[index] = kind;
    starts[index] = start;
  }

  /** The series of the point in view, which is not found by its bytes, by its tags in their order; or -1. */
  #findSorted(): number {
    const { words, seriesStart, seriesEnd } = this.#view;
    const length = this.#sorted.write(this.#view);
    return length < 0 ? -1 : this.series.findBy(this.#sorted.words, length, words, seriesStart, seriesEnd);
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
    const kind = KINDS.indexOf(point.kind) as KindNumber;
    if (kind !== GAUGE) this.#setKind(index, kind, point.startTimestamp ?? Number.NaN);
  }

  /** The next value of the series is found by its bytes, if they can be read in place. */
  #intern(point: MetricPoint, start: number, size: number): number {
    const view = this.#view;
    if (!this.#layouts.has(start, size) || !view.read(start, size)) return this.series.intern(point);
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
    kinds: new Uint8Array(length),
    starts: new Float64Array(length),
    timestamps: new Float64Array(length),
    offsets: new Float64Array(length),
    takenIn: new Float64Array(length),
  };
}

export interface WriteWindowsOptions {
  readonly decoder: ValueDecoder<MetricPoint>;
  readonly windows: ValueEncoder<WindowAggregate>;
  readonly late: ValueEncoder<LatePoint>;
  /** Most series of a definition that does not say. */
  readonly maxSeries: number;
  /** Called for each point that no window had room for. */
  readonly seriesRefused?: (tenant: string) => void;
  /** Called for each closed window: how long ago the log got the record that let it close. */
  readonly emitted?: (delayMs: Millis) => void;
}

/** What is to be written of a batch. */
export interface WrittenBatch {
  readonly outputs: OutputBatch;
  readonly refusals: readonly Refusal[];
}

/** Writes closed windows and late points as the records that go to `windows` and `late`, in order. */
export function writeWindows(
  options: WriteWindowsOptions,
): OperatorFunction<WindowedBatch<PointBatch, ClosedRows>, WrittenBatch> {
  const writer = new ResultWriter(options);
  return map((batch) => writer.write(batch));
}

class ResultWriter {
  readonly #windows: WindowAggregateWriter;
  readonly #figures = new Float64Array(FIGURES);

  constructor(private readonly options: WriteWindowsOptions) {
    this.#windows = new WindowAggregateWriter(options.windows.schemaId);
  }

  write(windowed: WindowedBatch<PointBatch, ClosedRows>): WrittenBatch {
    const { batch, closed, late, refused } = windowed;
    if (this.options.emitted !== undefined)
      for (const each of closed.windows)
        this.options.emitted(Math.max(0, batch.now - passedAt(windowed, each)));
    const outputs = new OutputBatch();
    const malformed = new Map<number, Refusal>();
    let written = 0;
    for (const record of late) {
      written = this.#writeClosed(outputs, closed, written, record.index, batch.now);
      const point = this.#pointOf(batch, record.index, malformed);
      if (point !== null) this.#writeLate(outputs, point, record);
    }
    this.#writeClosed(outputs, closed, written, batch.length, batch.now);
    closed.clear();
    const full: Refusal[] = [];
    for (const record of refused) {
      const point = this.#pointOf(batch, record.index, malformed);
      if (point !== null) full.push(this.#refusalOf(point, record));
    }
    const refusals = [...batch.refusals, ...malformed.values(), ...full];
    return { outputs, refusals: refusals.sort((a, b) => a.index - b.index) };
  }

  /**
   * The whole of a point, of which windows have read no more than they need. The rest of one that somebody wrote past
   * ingest may be malformed: it is refused then, once, and gives null.
   */
  #pointOf({ records }: PointBatch, index: number, malformed: Map<number, Refusal>): MetricPoint | null {
    try {
      return this.options.decoder.decode(records.value(index));
    } catch (error) {
      malformed.set(index, refusalOf(error, index));
      return null;
    }
  }

  /** Writes the windows from `from` on that closed before the record at `index` was counted; gives the next one. */
  #writeClosed(
    outputs: OutputBatch,
    { windows, groups, cells }: ClosedRows,
    from: number,
    index: number,
    emittedAt: Millis,
  ): number {
    let next = from;
    for (; next < windows.length; next++) {
      const closed = windows[next] as WindowRows;
      if (closed.index > index) break;
      const { window, start, end, watermark, identities, quantiles, members } = closed;
      this.#windows.begin({ window, start, end, watermark, emittedAt });
      for (let row = closed.firstRow; row < closed.endRow; row++) {
        const estimates = quantiles === null ? null : (quantiles[row - closed.firstRow] ?? null);
        writeFigures(cells, row * CELL, this.#figures);
        const ofRow = members === null ? null : (members[row - closed.firstRow] ?? null);
        this.#windows.write(outputs, identities, groups[row] as number, this.#figures, estimates, ofRow);
      }
    }
    return next;
  }

  #writeLate(outputs: OutputBatch, point: MetricPoint, { missed, cause }: LateEntry): void {
    const watermark = Math.max(...missed.map((each) => each.watermark));
    const late = {
      point,
      missed: missed.map(({ window, start }) => ({ window, start })),
      watermark,
      latenessMs: watermark - point.timestamp,
      cause,
    };
    const key = recordKey(point.tenantId, point.metric);
    outputs.add({ topic: 'late', key, value: this.options.late.encode(late) });
  }

  #refusalOf({ tenantId, metric }: MetricPoint, { index, window }: RefusedEntry): Refusal {
    this.options.seriesRefused?.(tenantId);
    const limit = window.maxSeries ?? this.options.maxSeries;
    const key = window.maxSeries === undefined ? 'TACTUS_MAX_SERIES' : 'maxSeries';
    const why =
      window.tenantHas === undefined
        ? `window "${window.name}" holds ${limit} series already, the most allowed (${key})`
        : `tenant ${JSON.stringify(tenantId)} has ${window.tenantHas} series in window "${window.name}", the most that one may have (TACTUS_MAX_SERIES_SHARE_PERCENT)`;
    const message = `${why}; the new series is ${recordKey(tenantId, metric)}`;
    return { index, code: 'TACTUS_SERIES_LIMIT', message };
  }
}

/** When the log got the record that let a window close; without a record, the time that a clock went on to. */
function passedAt(
  { batch, steps }: Pick<WindowedBatch<PointBatch, ClosedRows>, 'batch' | 'steps'>,
  { index, time }: Pick<WindowRows, 'index' | 'time'>,
): Millis {
  if (batch.length === 0) return batch.advance?.to ?? batch.now;
  const isStep = steps.some((step) => step.index === index && step.time === time);
  return batch.takenIn[isStep ? index - 1 : Math.min(index, batch.length - 1)] as Millis;
}
