import { type OperatorFunction, pipe } from 'rxjs';
import type { LatePoint, MetricPoint, WindowAggregate } from '../../schemas/types.js';
import type { Millis } from '../../shared/core/clock.js';
import type { RecordBatch } from '../../shared/core/record-batch.js';
import type { Checkpoint, Saved, Stage, StageTime, StateChange } from '../../shared/core/stage.js';
import * as operators from '../../shared/operators/index.js';
import type { PointRecords, WrittenBatch } from '../../shared/operators/point-operators.js';
import { SynchronousPipeline } from '../../shared/operators/synchronous-pipeline.js';
import type { ValueDecoder, ValueEncoder } from '../../shared/ports/codec.js';
import { NO_PROGRESS, type ProgressView } from '../../shared/ports/progress.js';
import type { SkipReason } from '../../shared/windows/counters.js';
import { DefinedWindows } from '../../shared/windows/defined-windows.js';
import type { SessionDefinition, WindowDefinition } from '../../shared/windows/definition.js';
import type { MemberSkip } from '../../shared/windows/members.js';
import {
  FROM_THE_BEGINNING,
  fingerprintOf,
  type Position,
  readPosition,
  roomForSources,
  writePosition,
} from '../../shared/windows/position.js';
import type { HeldGroup } from '../../shared/windows/session-groups.js';
import type { SourceObserver } from '../../shared/windows/source.js';
import { SourceTimes } from '../../shared/windows/source-times.js';
import type { Series } from '../../shared/wire/series.js';
import { lastKey, lastValue, lateKey, lateValue, readCounters } from './held-counters.js';
import { heldKey, heldValue, readHeld } from './held-series.js';

export interface WindowingOptions {
  /** Those in force; asked for at each restore. */
  readonly definitions: () => readonly WindowDefinition[];
  readonly idleTimeoutMs: Millis;
  /** How long an input partition of who writes the points may hold back the watermark while others go on. */
  readonly watermarkHoldMs: Millis;
  readonly maxSeries: number;
  /** Most of these that one tenant may have in a window; all if it is left out. */
  readonly maxSeriesOfTenant?: number;
  /** How far a counter's point may be before the next one to be compared with it. */
  readonly counterIdleMs?: Millis;
  /** Called for each point of a counter that adds nothing to an increase because of a bound. */
  readonly counterSkipped?: (tenant: string, reason: SkipReason) => void;
  /** Most memory that the members of a pane, or of a definition's sessions, may take, and most of it for one tenant. */
  readonly maxSketchBytes?: number;
  readonly maxSketchBytesOfTenant?: number;
  /** Called for each point of kind member that is not counted as one. */
  readonly memberSkipped?: (tenant: string, reason: MemberSkip) => void;
  /** What those who write the points say of partitions that send nothing; default nothing. */
  readonly progress?: ProgressView;
  /** Called for each partition that is restored. */
  readonly observe?: (partition: number) => SourceObserver;
  readonly decoder: ValueDecoder<MetricPoint>;
  readonly windows: ValueEncoder<WindowAggregate>;
  readonly late: ValueEncoder<LatePoint>;
  /** Called for each point of a new series that a window had no room for. */
  readonly seriesRefused?: (tenant: string) => void;
  /** Called for each closed window: how long ago the log got the record that let it close. */
  readonly emitted?: (delayMs: Millis) => void;
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
 * which an idle time-out leaves no trace in the log. So the changelog has, for each series with
 * a session open or lately closed, since which offset it counts and up to which time it is closed.
 * It is committed with the checkpoint; from it a replay knows which records are in the open sessions.
 *
 * @param using the operators to compose; those that are exported
 */
export function windowingStage(options: WindowingOptions, using = operators): Stage<WindowingState> {
  const { decoder } = options;
  const { decodePoints, trackSourceTimes, aggregateWindows, writeWindows } = using;
  const compose = ({ windows, sources }: WindowingState): OperatorFunction<PointRecords, WrittenBatch> =>
    pipe(
      decodePoints(decoder, windows.series),
      trackSourceTimes(sources),
      aggregateWindows(windows),
      writeWindows(options),
    );
  return {
    restore: (saved) =>
      new WindowingState({ ...options, definitions: options.definitions(), compose }, saved),
    step: (state, batch, now) => {
      const { outputs, refusals } = state.pipeline.push(state.accept(batch, now));
      return { state, outputs, refusals, changes: state.takeChanges() };
    },
    checkpoint: (state) => state.checkpoint(),
    replayUntil: (state) => state.next,
    time: (state) => state.stageTime,
  };
}

/** What windows are made of, and the operators that go on from the state. */
export interface WindowingStateOptions
  extends Pick<
    WindowingOptions,
    | 'idleTimeoutMs'
    | 'watermarkHoldMs'
    | 'maxSeries'
    | 'maxSeriesOfTenant'
    | 'counterIdleMs'
    | 'counterSkipped'
    | 'maxSketchBytes'
    | 'maxSketchBytesOfTenant'
    | 'memberSkipped'
    | 'progress'
    | 'observe'
  > {
  readonly definitions: readonly WindowDefinition[];
  readonly compose: (state: WindowingState) => OperatorFunction<PointRecords, WrittenBatch>;
}

/** Unless the configuration says otherwise. */
const COUNTER_IDLE_MS: Millis = 3_600_000;
const MAX_SKETCH_BYTES = 16 * 1_024 * 1_024;

/** State of one partition of `metrics`. */
export class WindowingState {
  readonly pipeline: SynchronousPipeline<PointRecords, WrittenBatch>;
  readonly windows: DefinedWindows;
  readonly sources: SourceTimes;
  readonly partition: number;
  /** Offset of the first record that was not processed yet. */
  next: number;
  /** When a record was last processed, by the worker's clock; null right after a restore. */
  lastRecordAt: Millis | null = null;
  /** Nothing more was in the log at the last step, and nobody is waited for. */
  atEnd = false;
  /** By definition name, the first window start that counts; see {@link Position.since}. */
  readonly since = new Map<string, Millis>();
  readonly fingerprints: Record<string, Millis> = {};
  /** What has changed of the series that sessions hold, by key of the changelog. */
  readonly #changes = new Map<string, Buffer | null>();

  constructor(
    private readonly options: WindowingStateOptions,
    saved: Saved,
  ) {
    const { definitions, maxSeries, maxSeriesOfTenant, idleTimeoutMs, watermarkHoldMs } = options;
    const { counterIdleMs = COUNTER_IDLE_MS, counterSkipped: skipped = () => undefined } = options;
    const { maxSketchBytes: maxBytes = MAX_SKETCH_BYTES, maxSketchBytesOfTenant = maxBytes } = options;
    const position = readPosition(saved);
    const sessions = new Map<string, SessionDefinition>();
    for (const definition of definitions) {
      const fingerprint = fingerprintOf(definition);
      const since = sinceOf(definition, position);
      this.fingerprints[fingerprint] = since;
      this.since.set(definition.name, firstStart(definition, since));
      // After an offset without metadata nothing is known of the past.
      if (definition.kind === 'session' && position.since !== null) sessions.set(fingerprint, definition);
    }
    this.windows = new DefinedWindows({
      definitions,
      maxSeries,
      maxSeriesOfTenant,
      firstStarts: this.since,
      seriesHeld: (definition, series, held) =>
        this.#changes.set(heldKey(fingerprintOf(definition), series), heldValue(held)),
      counterIdleMs,
      counterChanges: {
        last: (store, series, last) => this.#changes.set(lastKey(store, series), lastValue(last)),
        late: (store, series, offset, late) =>
          this.#changes.set(lateKey(store, offset), lateValue(series, late)),
        skipped,
      },
      members: {
        maxBytes,
        maxBytesOfTenant: maxSketchBytesOfTenant,
        skipped: options.memberSkipped ?? (() => undefined),
      },
    });
    this.partition = saved.partition;
    this.sources = new SourceTimes(
      { idleTimeoutMs, holdMs: watermarkHoldMs, observer: options.observe?.(saved.partition) },
      position.time,
    );
    this.next = position.next;
    for (const { key, fingerprint, series, held } of readHeld(saved.changelog)) {
      const definition = sessions.get(fingerprint);
      if (definition === undefined) this.#changes.set(key, null);
      else this.#hold(definition, series, held);
    }
    // After an offset without metadata nothing is known of the past.
    for (const { key, store, series, point } of readCounters(saved.changelog))
      if (position.since === null || !this.windows.holdCounter(store, series, point))
        this.#changes.set(key, null);
    this.pipeline = new SynchronousPipeline(options.compose(this));
  }

  /** A log that has lost its tail goes on with new records at offsets before those of the lost ones. */
  #hold(definition: SessionDefinition, series: Series, held: HeldGroup): void {
    const since = Math.min(held.since, this.next);
    if (since < held.since)
      this.#changes.set(heldKey(fingerprintOf(definition), series), heldValue({ ...held, since }));
    this.windows.hold(definition, series, { ...held, since });
  }

  /** How a batch is to be taken; from now on it is processed. */
  accept(records: RecordBatch, now: Millis): PointRecords {
    const { length, atEnd, nextOffset, readAt = now } = records;
    // Behind, or without an answer from the broker: what is to come may be on its way for long.
    if (length > 0 || !atEnd) this.lastRecordAt = now;
    this.lastRecordAt ??= now;
    const { next, sources } = this;
    let isIdle = false;
    if (length === 0 && sources.isDirect) isIdle = readAt - this.lastRecordAt >= this.options.idleTimeoutMs;
    else if (length === 0) {
      const { progress = NO_PROGRESS } = this.options;
      const claims = progress.claims('metrics', this.partition);
      sources.forget(progress.forgotten());
      sources.takeClaims(claims, { at: atEnd ? readAt : null, offset: nextOffset });
      isIdle = true;
    }
    this.atEnd = atEnd && !sources.standsStill(readAt);
    // Past the markers of transactions too, so that the position gets to the end of the log.
    this.next = Math.max(next, nextOffset);
    return { records, now, next, advance: isIdle ? { by: 'idle', to: readAt } : null };
  }

  checkpoint(): Checkpoint {
    const { next, sources, fingerprints, windows } = this;
    return {
      offset: Math.min(next, windows.oldestOffset),
      metadata: writePosition({
        next,
        time: sources.snapshot(roomForSources(fingerprints)),
        since: fingerprints,
      }),
    };
  }

  /** A partition with records of which no time is known yet is no empty one. */
  get stageTime(): StageTime {
    const { time, isEmpty } = this.sources;
    return Number.isFinite(time) ? { time, atEnd: this.atEnd } : { time: null, atEnd: this.atEnd && isEmpty };
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
  if (since === null) return FROM_THE_BEGINNING;
  const known = since[fingerprintOf(definition)];
  if (known !== undefined) return known;
  // Aligned windows are made from what is read again, too; sessions are not.
  return (definition.kind === 'session' ? time.highest : time.time) ?? FROM_THE_BEGINNING;
}

/** The first window start that counts, before 1970 as well: a session may not even touch a point from before. */
function firstStart(definition: WindowDefinition, since: Millis): Millis {
  if (since === FROM_THE_BEGINNING) return Number.NEGATIVE_INFINITY;
  return definition.kind === 'session' ? since + definition.gapMs : since;
}
