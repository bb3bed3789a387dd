import type { LatePoint, MetricPoint, WindowAggregate } from '../../schemas/types.js';
import type { Millis } from '../../shared/core/clock.js';
import { TactusError } from '../../shared/core/errors.js';
import { globMatcher } from '../../shared/core/glob.js';
import type { RecordBatch } from '../../shared/core/record-batch.js';
import type { Checkpoint, OutputRecord, Refusal, Saved, Stage, StepResult } from '../../shared/core/stage.js';
import type { ValueDecoder, ValueEncoder } from '../../shared/ports/codec.js';
import { stddevOf, sumOf } from '../../shared/windows/aggregate.js';
import type { WindowDefinition } from '../../shared/windows/definition.js';
import { type ClosedWindow, PaneStore } from '../../shared/windows/pane-store.js';
import { groupTags, type Series, seriesKey } from '../../shared/windows/series.js';
import { StreamTime } from '../../shared/windows/stream-time.js';
import { readPosition, writePosition } from './position.js';

export interface WindowingOptions {
  readonly definitions: readonly WindowDefinition[];
  readonly idleTimeoutMs: Millis;
  readonly maxSeries: number;
  readonly decoder: ValueDecoder<MetricPoint>;
  readonly windows: ValueEncoder<WindowAggregate>;
  readonly late: ValueEncoder<LatePoint>;
}

interface DefinitionState {
  readonly definition: WindowDefinition;
  readonly store: PaneStore<Series>;
  readonly wants: (point: MetricPoint) => boolean;
}

/** State of one partition of `metrics`. */
export interface WindowingState {
  readonly definitions: readonly DefinitionState[];
  readonly time: StreamTime;
  /** Offset of the first record that was not processed yet. */
  next: number;
  /** When a record was last processed, by the worker's clock; null right after a restore. */
  lastRecordAt: Millis | null;
}

/**
 * Tumbling and hopping windows over the points of a partition, per the time rules of the contract.
 *
 * The checkpoint needs no state store: its offset is the oldest record that an open pane still
 * needs, its metadata the stream's time and the next unprocessed offset. After a restart the
 * records before "next" only fill panes of windows that are still open; a window that was open
 * when the checkpoint was made was open for each of them too, so the panes come out the same.
 */
export function windowingStage(options: WindowingOptions): Stage<WindowingState> {
  return {
    restore: (saved) => restore(options, saved),
    step: (state, batch, now) => step(options, state, batch, now),
    checkpoint,
  };
}

function restore(options: WindowingOptions, saved: Saved): WindowingState {
  const position = readPosition(saved.checkpoint);
  const definitions = options.definitions.map((definition): DefinitionState => {
    const metrics = globMatcher(definition.metrics);
    const tenants = globMatcher(definition.tenants);
    return {
      definition,
      store: new PaneStore(definition, options.maxSeries),
      wants: (point) => metrics(point.metric) && tenants(point.tenantId),
    };
  });
  return { definitions, time: new StreamTime(position.time), next: position.next, lastRecordAt: null };
}

function step(
  options: WindowingOptions,
  state: WindowingState,
  batch: RecordBatch,
  now: Millis,
): StepResult<WindowingState> {
  const outputs: OutputRecord[] = [];
  const refusals: Refusal[] = [];
  state.lastRecordAt ??= now;
  for (let index = 0; index < batch.length; index++) {
    const offset = batch.offset(index);
    const replayed = offset < state.next;
    try {
      const point = options.decoder.decode(batch.value(index));
      // The broker's clock may be ahead of ours: what is "now" is the earlier of the two.
      const wall = Math.min(batch.timestamp(index), now);
      if (replayed) refill(state, point, offset);
      else take(options, state, point, offset, wall, now, outputs, refusals, index);
    } catch (error) {
      if (!(error instanceof TactusError)) throw error;
      if (!replayed) refusals.push({ index, code: error.code, message: error.message });
    }
  }
  if (batch.length > 0) {
    state.lastRecordAt = now;
    state.next = Math.max(state.next, batch.nextOffset);
  } else if (batch.atEnd && now - state.lastRecordAt >= options.idleTimeoutMs) {
    state.time.idle(now);
    closeWindows(options, state, now, outputs);
  }
  return { state, outputs, refusals, changes: [] };
}

/** A record from before the checkpoint: only fills panes, its effects are in the log already. */
function refill(state: WindowingState, point: MetricPoint, offset: number): void {
  for (const { definition, store, wants } of state.definitions) {
    if (!wants(point)) continue;
    const watermark = state.time.time - definition.graceMs;
    addTo(store, definition, point, offset, watermark);
  }
}

function take(
  options: WindowingOptions,
  state: WindowingState,
  point: MetricPoint,
  offset: number,
  wall: Millis,
  now: Millis,
  outputs: OutputRecord[],
  refusals: Refusal[],
  index: number,
): void {
  state.time.observe(point.timestamp, wall);
  closeWindows(options, state, now, outputs);
  const missed: { window: string; start: number }[] = [];
  let latest = Number.NEGATIVE_INFINITY;
  let full: string | null = null;
  for (const { definition, store, wants } of state.definitions) {
    if (!wants(point)) continue;
    const watermark = state.time.time - definition.graceMs;
    const added = addTo(store, definition, point, offset, watermark);
    if (added.outcome === 'full') full = definition.name;
    if (added.missed.length > 0) latest = Math.max(latest, watermark);
    for (const start of added.missed) missed.push({ window: definition.name, start });
  }
  if (missed.length > 0) {
    const value = options.late.encode({
      point,
      missed,
      watermark: latest,
      latenessMs: latest - point.timestamp,
    });
    outputs.push({ topic: 'late', key: keyOf(point), value });
  }
  if (full !== null) {
    refusals.push({
      index,
      code: 'TACTUS_SERIES_LIMIT',
      message: `window "${full}" holds ${options.maxSeries} series already, the most allowed (TACTUS_MAX_SERIES); the new series is ${point.tenantId}|${point.metric}`,
    });
  }
}

function addTo(
  store: PaneStore<Series>,
  definition: WindowDefinition,
  point: MetricPoint,
  offset: number,
  watermark: Millis,
) {
  const { tenantId, metric, tags } = point;
  return store.add(
    seriesKey(tenantId, metric, tags, definition.groupBy),
    () => ({ tenantId, metric, tags: groupTags(tags, definition.groupBy) }),
    point.value,
    point.timestamp,
    offset,
    watermark,
  );
}

function closeWindows(
  options: WindowingOptions,
  state: WindowingState,
  now: Millis,
  outputs: OutputRecord[],
): void {
  for (const { definition, store } of state.definitions) {
    const watermark = state.time.time - definition.graceMs;
    store.close(watermark, (closed) => {
      outputs.push({
        topic: 'windows',
        key: keyOf(closed.series),
        value: options.windows.encode(windowAggregate(definition, closed, watermark, now)),
      });
    });
  }
}

function windowAggregate(
  definition: WindowDefinition,
  { series, start, end, aggregate }: ClosedWindow<Series>,
  watermark: Millis,
  now: Millis,
): WindowAggregate {
  const sum = sumOf(aggregate);
  return {
    tenantId: series.tenantId,
    metric: series.metric,
    tags: series.tags as Record<string, string>,
    window: definition.name,
    start,
    end,
    count: aggregate.count,
    sum,
    min: aggregate.min,
    max: aggregate.max,
    mean: sum / aggregate.count,
    stddev: stddevOf(aggregate),
    first: aggregate.first,
    last: aggregate.last,
    quantiles: null,
    watermark,
    emittedAt: now,
  };
}

function checkpoint(state: WindowingState): Checkpoint {
  let offset = state.next;
  for (const { store } of state.definitions) offset = Math.min(offset, store.oldestOffset);
  return { offset, metadata: writePosition({ next: state.next, time: state.time.snapshot() }) };
}

function keyOf({ tenantId, metric }: { tenantId: string; metric: string }): string {
  return `${tenantId}|${metric}`;
}
