/** Event-time windows for any RxJS stream of batches: see README.md. */
export { DefinedWindows, type DefinedWindowsOptions } from '../windows/defined-windows.js';
export type { KeyedBatch, OpenWindows, TimedBatch, WindowedBatch } from '../windows/keyed-batch.js';
export type { Aggregate } from './aggregate.js';
export { aggregateWindows } from './aggregate-windows.js';
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
export { combine } from './combine.js';
export { decodePoints, type PointBatch, type PointRecords } from './decode-points.js';
export { type HoppingWindowOptions, hoppingWindow } from './hopping-window.js';
export type { ClosedWindow, IdleAdvance, LateRecord, WindowBatch, WindowOptions } from './options.js';
export { type SessionWindowOptions, sessionWindow } from './session-window.js';
export { SynchronousPipeline } from './synchronous-pipeline.js';
export { StreamTime, trackStreamTime } from './track-stream-time.js';
export { type TumblingWindowOptions, tumblingWindow } from './tumbling-window.js';
export { type WriteWindowsOptions, type WrittenBatch, writeWindows } from './write-windows.js';
