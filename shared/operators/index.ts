/** Event-time windows for any RxJS stream of batches: see README.md. */
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
export { combine } from './combine.js';
export { type HoppingWindowOptions, hoppingWindow } from './hopping-window.js';
export type { ClosedWindow, IdleAdvance, LateRecord, WindowBatch, WindowOptions } from './options.js';
export { type SessionWindowOptions, sessionWindow } from './session-window.js';
export { type TumblingWindowOptions, tumblingWindow } from './tumbling-window.js';
