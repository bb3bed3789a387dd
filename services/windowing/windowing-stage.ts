import type { LatePoint, MetricPoint, WindowAggregate } from '../../schemas/types.js';
import type { Millis } from '../../shared/core/clock.js';
import { OutputBatch } from '../../shared/core/output-batch.js';
import {
  PLACES,
  type RecordBatch,
  type RecordSegment,
  VALUE_LENGTH,
  VALUE_START,
} from '../../shared/core/record-batch.js';
import { refusalOf } from '../../shared/core/refusal.js';
import type { Checkpoint, Refusal, Saved, Stage, StateChange, StepResult } from '../../shared/core/stage.js';
import type { ValueDecoder, ValueEncoder } from '../../shared/ports/codec.js';
import type { Arrival } from '../../shared/windows/arrival.js';
import { writeFigures } from '../../shared/windows/cells.js';
import type { SessionDefinition, WindowDefinition } from '../../shared/windows/definition.js';
import { type Quantiles, WindowEngine, type WindowSink } from '../../shared/windows/engine.js';
import type { Missed } from '../../shared/windows/pane-store.js';
import { fingerprintOf, type Position, readPosition, writePosition } from '../../shared/windows/position.js';
import { StreamTime } from '../../shared/windows/stream-time.js';
import type { ByteTable } from '../../shared/wire/byte-table.js';
import { HEADER_BYTES } from '../../shared/wire/confluent-header.js';
import { CurrentSchema } from '../../shared/wire/current-schema.js';
import { PointView } from '../../shared/wire/point-view.js';
import { recordKey } from '../../shared/wire/record-key.js';
import { FIGURES, WindowAggregateWriter } from '../../shared/wire/window-aggregate-writer.js';
import { heldKey, heldValue, readHeld } from './held-series.js';

export interface WindowingOptions {
  /** Those in force; asked for at each restore. */
  readonly definitions: () => readonly WindowDefinition[];
  readonly idleTimeoutMs: Millis;
  readonly maxSeries: number;
  readonly decoder: ValueDecoder<MetricPoint>;
  readonly windows: ValueEncoder<WindowAggregate>;
  readonly late: ValueEncoder<LatePoint>;
}

/** State of one partition of `metrics`. */
export class WindowingState {
  readonly engine: WindowEngine;
  readonly time: StreamTime;
  readonly view = new PointView();
  /** The point that is being counted. */
  readonly arrival: Arrival<number> = { value: 0, at: 0, offset: 0, time: 0 };
  readonly writer: WindowAggregateWriter;
  /** Of the window that is being written. */
  readonly figures = new Float64Array(FIGURES);
  /** Offset of the first record that was not processed yet. */
  next: number;
  /** When a record was last processed, by the worker's clock; null right after a restore. */
  lastRecordAt: Millis | null = null;
  /** By definition name, the first window start that counts; see {@link Position.since}. */
  readonly since = new Map<string, Millis>();
  readonly fingerprints: Record<string, Millis> = {};
  /** What has changed of the series that sessions hold, by key of the changelog. */
  readonly #changes = new Map<string, Buffer | null>();
  readonly current: CurrentSchema;

  constructor(options: WindowingOptions, saved: Saved) {
    const position = readPosition(saved.checkpoint);
    const definitions = options.definitions();
    const sessions = new Map<string, SessionDefinition>();
    for (const definition of definitions) {
      const fingerprint = fingerprintOf(definition);
      const since = sinceOf(definition, position);
      this.fingerprints[fingerprint] = since;
      this.since.set(definition.name, firstStart(definition, since));
      // After an offset without metadata nothing is known of the past.
      if (definition.kind === 'session' && position.since !== null) sessions.set(fingerprint, definition);
    }
    this.engine = new WindowEngine(definitions, options.maxSeries, (definition, series, held) => {
      this.#changes.set(heldKey(fingerprintOf(definition), series), heldValue(held));
    });
    this.time = new StreamTime(position.time);
    this.current = new CurrentSchema(options.decoder);
    this.writer = new WindowAggregateWriter(options.windows.schemaId);
    this.next = position.next;
    for (const { key, fingerprint, series, held } of readHeld(saved.changelog)) {
      const definition = sessions.get(fingerprint);
      if (definition === undefined) this.#changes.set(key, null);
      else this.engine.hold(definition, series, held);
    }
  }

  /** What has changed since the last call. */
  takeChanges(): StateChange[] {
    if (this.#changes.size === 0) return [];
    const changes = [...this.#changes].map(([key, value]) => ({ key, value }));
    this.#changes.clear();
    return changes;
  }
}

/** A definition that comes new to a partition knows nothing of the points before. */
function sinceOf(definition: WindowDefinition, { since, time }: Position): Millis {
  if (since === null) return 0;
  const known = since[fingerprintOf(definition)];
  if (known !== undefined) return known;
  // Aligned windows are made from what is read again, too; sessions are not.
  return (definition.kind === 'session' ? time.highest : time.time) ?? 0;
}

/** The first window start that counts: a session may not even touch a point from before. */
function firstStart(definition: WindowDefinition, since: Millis): Millis {
  return definition.kind === 'session' && since > 0 ? since + definition.gapMs : since;
}

/**
 * Windows and sessions over the points of a partition, per the time rules of the contract.
 *
 * The checkpoint keeps no aggregates: its offset is the oldest record that an open window still
 * needs, its metadata the stream's time and the next unprocessed offset. After a restart the
 * records before "next" only fill panes of windows that are still open; a window that was open
 * when the checkpoint was made was open for each of them too, so the panes come out the same.
 *
 * What sessions there are depends on which points were late, and that on how time had gone on, of
 * which an idle time-out leaves no trace in the log. So the changelog says, for each series with
 * a session open or lately closed, since which offset it counts and up to which time it is closed.
 * It is committed with the checkpoint, and tells a replay which records are in the open sessions.
 */
export function windowingStage(options: WindowingOptions): Stage<WindowingState> {
  return {
    restore: (saved) => new WindowingState(options, saved),
    step: (state, batch, now) => {
      const step = new Step(options, state, now);
      if (batch.length > 0) step.take(batch);
      else step.tick(batch);
      const { outputs, refusals } = step;
      return { state, outputs, refusals, changes: state.takeChanges() };
    },
    checkpoint: (state): Checkpoint => ({
      offset: Math.min(state.next, state.engine.oldestOffset),
      metadata: writePosition({
        next: state.next,
        time: state.time.snapshot(),
        since: state.fingerprints,
      }),
    }),
    replayUntil: (state) => state.next,
  };
}

/** One step's outputs, and the loop that makes them. */
class Step implements Pick<StepResult<WindowingState>, 'outputs' | 'refusals'>, WindowSink {
  readonly outputs = new OutputBatch();
  readonly refusals: Refusal[] = [];

  constructor(
    private readonly options: WindowingOptions,
    private readonly state: WindowingState,
    private readonly now: Millis,
  ) {
    state.lastRecordAt ??= now;
  }

  take(batch: RecordBatch): void {
    let index = 0;
    for (const segment of batch.segments) {
      this.#takeSegment(segment, index);
      index += segment.length;
    }
    this.state.lastRecordAt = this.now;
    this.state.next = Math.max(this.state.next, batch.nextOffset);
  }

  tick({ atEnd, nextOffset }: RecordBatch): void {
    const { state, now } = this;
    // Past the markers of transactions too: who compares the position with the end of the log sees them equal.
    state.next = Math.max(state.next, nextOffset);
    // Behind, or without an answer from the broker: what is to come may be on its way for long.
    if (!atEnd) state.lastRecordAt = now;
    if (now - (state.lastRecordAt ?? now) < this.options.idleTimeoutMs) return;
    state.time.idle(now);
    this.#closeWindows();
  }

  #takeSegment(segment: RecordSegment, firstIndex: number): void {
    const { bytes, length, offsets, times, places } = segment;
    const { state, now } = this;
    const { engine, time, view, current, arrival } = state;
    const { series: index } = engine;
    const missed: Missed[] = [];
    const allCurrent = current.use(segment);
    view.use(bytes);
    for (let i = 0; i < length; i++) {
      const start = places[i * PLACES + VALUE_START] as number;
      const size = places[i * PLACES + VALUE_LENGTH] as number;
      const offset = offsets[i] as number;
      const replayed = offset < state.next;
      let series = -1;
      if (allCurrent || current.has(start, size)) {
        series = index.next(view.words, start + HEADER_BYTES, start + size);
        if (series >= 0) {
          if (!view.readKnown(start, size, index.length)) series = -1;
        } else if (view.read(start, size)) series = index.find(view.words, view.seriesStart, view.seriesEnd);
      }
      if (series >= 0) {
        arrival.at = view.timestamp;
        arrival.value = view.value;
      } else {
        const point = this.#decode(bytes, start, size, replayed, firstIndex + i);
        if (point === null) continue;
        arrival.at = point.timestamp;
        arrival.value = point.value;
        series = this.#intern(point, start, size);
      }
      arrival.offset = offset;
      if (replayed) {
        arrival.time = time.time;
        // All effects of a record from before the checkpoint are in the log already.
        engine.replay(series, arrival, missed);
        missed.length = 0;
        continue;
      }
      // The broker's clock may be ahead of ours: what is "now" is the earlier of the two.
      time.observe(arrival.at, Math.min(times[i] as number, now));
      arrival.time = time.time;
      if (engine.closes(arrival.time)) this.#closeWindows();
      const full = engine.add(series, arrival, missed);
      if (missed.length > 0 || full !== null) {
        this.#report(bytes.subarray(start, start + size), firstIndex + i, missed, full);
        missed.length = 0;
      }
    }
  }

  /** The whole value by the full decoder; a refusal and null where it cannot be read. */
  #decode(bytes: Buffer, start: number, size: number, replayed: boolean, index: number): MetricPoint | null {
    try {
      return this.options.decoder.decode(size < 0 ? null : bytes.subarray(start, start + size));
    } catch (error) {
      const refusal = refusalOf(error, index);
      if (!replayed) this.refusals.push(refusal);
      return null;
    }
  }

  /** The next value of the series is found by its bytes, if they are laid out as the current schema says. */
  #intern(point: MetricPoint, start: number, size: number): number {
    const { view, current, engine } = this.state;
    if (!current.has(start, size) || !view.read(start, size)) return engine.series.intern(point);
    return engine.series.add(view.words, view.seriesStart, view.seriesEnd, point);
  }

  #report(value: Buffer, index: number, all: readonly Missed[], full: WindowDefinition | null): void {
    const point = this.options.decoder.decode(value);
    const missed = all.filter(({ window, start }) => this.#counts(window, start));
    if (missed.length > 0) {
      const watermark = Math.max(...missed.map((each) => each.watermark));
      const late = {
        point,
        missed: missed.map(({ window, start }) => ({ window, start })),
        watermark,
        latenessMs: watermark - point.timestamp,
      };
      this.outputs.add({
        topic: 'late',
        key: recordKey(point.tenantId, point.metric),
        value: this.options.late.encode(late),
      });
    }
    if (full !== null) {
      this.refusals.push({
        index,
        code: 'TACTUS_SERIES_LIMIT',
        message: `window "${full.name}" holds ${full.maxSeries ?? this.options.maxSeries} series already, the most allowed (${full.maxSeries === undefined ? 'TACTUS_MAX_SERIES' : 'maxSeries'}); the new series is ${recordKey(point.tenantId, point.metric)}`,
      });
    }
  }

  /** A window that began before its definition was in force may lack points: it is nobody's. */
  #counts(window: string, start: Millis): boolean {
    return start >= (this.state.since.get(window) ?? 0);
  }

  #closeWindows(): void {
    this.state.engine.close(this.state.time.time, this);
  }

  begin({ name: window }: WindowDefinition, start: Millis, end: Millis, watermark: Millis): boolean {
    if (!this.#counts(window, start)) return false;
    this.state.writer.begin({ window, start, end, watermark, emittedAt: this.now });
    return true;
  }

  put(identities: ByteTable, group: number, cells: Float64Array, at: number, quantiles: Quantiles): void {
    const { writer, figures } = this.state;
    writeFigures(cells, at, figures);
    writer.write(this.outputs, identities, group, figures, quantiles);
  }
}
