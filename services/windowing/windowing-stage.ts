import { type OperatorFunction, pipe } from 'rxjs';
import type { LatePoint, MetricPoint, WindowAggregate } from '../../schemas/types.js';
import type { Millis } from '../../shared/core/clock.js';
import type { Stage } from '../../shared/core/stage.js';
import type { PointRecords } from '../../shared/operators/decode-points.js';
import * as operators from '../../shared/operators/index.js';
import type { WrittenBatch } from '../../shared/operators/write-windows.js';
import type { ValueDecoder, ValueEncoder } from '../../shared/ports/codec.js';
import type { WindowDefinition } from '../../shared/windows/definition.js';
import { WindowingState } from './windowing-state.js';

export interface WindowingOptions {
  /** Those in force; asked for at each restore. */
  readonly definitions: () => readonly WindowDefinition[];
  readonly idleTimeoutMs: Millis;
  readonly maxSeries: number;
  readonly decoder: ValueDecoder<MetricPoint>;
  readonly windows: ValueEncoder<WindowAggregate>;
  readonly late: ValueEncoder<LatePoint>;
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
  const { idleTimeoutMs, maxSeries, decoder } = options;
  const { decodePoints, trackStreamTime, aggregateWindows, writeWindows } = using;
  const compose = ({ windows, time }: WindowingState): OperatorFunction<PointRecords, WrittenBatch> =>
    pipe(
      decodePoints(decoder, windows.series),
      trackStreamTime(time),
      aggregateWindows(windows),
      writeWindows(options),
    );
  return {
    restore: (saved) => new WindowingState({ definitions: options.definitions(), maxSeries, compose }, saved),
    step: (state, batch, now) => {
      const { outputs, refusals } = state.pipeline.push(state.accept(batch, now, idleTimeoutMs));
      return { state, outputs, refusals, changes: state.takeChanges() };
    },
    checkpoint: (state) => state.checkpoint(),
    replayUntil: (state) => state.next,
  };
}
