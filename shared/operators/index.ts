/** Event-time windows for any RxJS stream of batches: see README.md. */
export { DefinedWindows, type DefinedWindowsOptions } from '../windows/defined-windows.js';
export type { KeyedBatch, OpenWindows, TimedBatch, WindowedBatch } from '../windows/keyed-batch.js';
export type { SourceTimesOptions } from '../windows/source.js';
export { SourceTimes } from '../windows/source-times.js';
export { StreamTime } from '../windows/stream-time.js';
export type { Aggregate } from './aggregate.js';
export {
  count,
  first,
  last,
  max,
  mean,
  min,
  type NumberOf,
  quantiles,
  type Statistics,
  statistics,
  stddev,
  sum,
} from './aggregates.js';
export { aggregateWindows, trackStreamTime } from './batch-operators.js';
export { combine } from './combine.js';
export { type HoppingWindowOptions, hoppingWindow } from './hopping-window.js';
export type { ClosedWindow, IdleAdvance, LateRecord, WindowBatch, WindowOptions } from './options.js';
export {
  decodePoints,
  type PointBatch,
  type PointRecords,
  type WriteWindowsOptions,
  type WrittenBatch,
  writeWindows,
} from './point-operators.js';
export { type SessionWindowOptions, sessionWindow } from './session-window.js';
export { SynchronousPipeline } from './synchronous-pipeline.js';
export { trackSourceTimes } from './track-source-times.js';
export { type TumblingWindowOptions, tumblingWindow } from './tumbling-window.js';
