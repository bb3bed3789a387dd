/** Event-time windows for any RxJS stream of batches: see README.md. */
export { DefinedWindows, type DefinedWindowsOptions } from '../windows/defined-windows.js';
export type { KeyedBatch, OpenWindows, TimedBatch, WindowedBatch } from '../windows/keyed-batch.js';
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
export { aggregateWindows, StreamTime, trackStreamTime } from './batch-operators.js';
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
export { type TumblingWindowOptions, tumblingWindow } from './tumbling-window.js';
