import { map, type OperatorFunction } from 'rxjs';
import type { LatePoint, MetricPoint, WindowAggregate } from '../../schemas/types.js';
import type { Millis } from '../core/clock.js';
import { OutputBatch } from '../core/output-batch.js';
import type { Refusal } from '../core/stage.js';
import type { ValueDecoder, ValueEncoder } from '../ports/codec.js';
import type { LateEntry, RefusedEntry, WindowedBatch } from '../windows/keyed-batch.js';
import { CELL, type ClosedRows, type WindowRows, writeFigures } from '../windows/rows.js';
import { recordKey } from '../wire/record-key.js';
import { FIGURES, WindowAggregateWriter } from '../wire/window-aggregate-writer.js';
import type { PointBatch } from './decode-points.js';

export interface WriteWindowsOptions {
  readonly decoder: ValueDecoder<MetricPoint>;
  readonly windows: ValueEncoder<WindowAggregate>;
  readonly late: ValueEncoder<LatePoint>;
  /** Most series of a definition that does not say. */
  readonly maxSeries: number;
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

  write({ batch, closed, late, refused }: WindowedBatch<PointBatch, ClosedRows>): WrittenBatch {
    const outputs = new OutputBatch();
    let written = 0;
    for (const record of late) {
      written = this.#writeClosed(outputs, closed, written, record.index, batch.now);
      this.#writeLate(outputs, batch, record);
    }
    this.#writeClosed(outputs, closed, written, batch.length, batch.now);
    closed.clear();
    const refusals = [...batch.refusals, ...refused.map((record) => this.#refusalOf(batch, record))];
    return { outputs, refusals: refusals.sort((a, b) => a.index - b.index) };
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
      const { window, start, end, watermark, identities, quantiles } = closed;
      this.#windows.begin({ window, start, end, watermark, emittedAt });
      for (let row = closed.firstRow; row < closed.endRow; row++) {
        const estimates = quantiles === null ? null : (quantiles[row - closed.firstRow] ?? null);
        writeFigures(cells, row * CELL, this.#figures);
        this.#windows.write(outputs, identities, groups[row] as number, this.#figures, estimates);
      }
    }
    return next;
  }

  #writeLate(outputs: OutputBatch, { records }: PointBatch, { index, missed }: LateEntry): void {
    const point = this.options.decoder.decode(records.value(index));
    const watermark = Math.max(...missed.map((each) => each.watermark));
    const late = {
      point,
      missed: missed.map(({ window, start }) => ({ window, start })),
      watermark,
      latenessMs: watermark - point.timestamp,
    };
    const key = recordKey(point.tenantId, point.metric);
    outputs.add({ topic: 'late', key, value: this.options.late.encode(late) });
  }

  #refusalOf({ records }: PointBatch, { index, window }: RefusedEntry): Refusal {
    const { tenantId, metric } = this.options.decoder.decode(records.value(index));
    const limit = window.maxSeries ?? this.options.maxSeries;
    const key = window.maxSeries === undefined ? 'TACTUS_MAX_SERIES' : 'maxSeries';
    return {
      index,
      code: 'TACTUS_SERIES_LIMIT',
      message: `window "${window.name}" holds ${limit} series already, the most allowed (${key}); the new series is ${recordKey(tenantId, metric)}`,
    };
  }
}
