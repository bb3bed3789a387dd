import { errorMemory } from './error-memory.js';
import type { RobustEwmaState } from './robust-ewma.js';

const VERSION = 1;
const HEADER = 22;

/**
 * Layout, little endian: version u8, count of warm-up values u8, of errors u8, of the run u8, `open` u8,
 * warmed up u8, level f64, peak f64; then warm-up values f64, run f64, errors f32.
 */
export function saveState(state: RobustEwmaState): Buffer {
  const { warmUp, run } = state;
  const errors = state.errors.recent;
  const bytes = Buffer.alloc(HEADER + 8 * (warmUp.length + run.length) + 4 * errors.length);
  bytes.set([VERSION, warmUp.length, errors.length, run.length, state.open, state.level === null ? 0 : 1]);
  bytes.writeDoubleLE(state.level ?? 0, 6);
  bytes.writeDoubleLE(state.peak, 14);
  let at = HEADER;
  for (const value of warmUp) at = bytes.writeDoubleLE(value, at);
  for (const value of run) at = bytes.writeDoubleLE(value, at);
  for (const value of errors) at = bytes.writeFloatLE(value, at);
  return bytes;
}

/** Null unless the bytes are exactly what {@link saveState} of this version writes. */
export function loadState(bytes: Buffer): RobustEwmaState | null {
  if (bytes.length < HEADER || bytes[0] !== VERSION) return null;
  const [, warmUpCount = 0, errorCount = 0, runCount = 0, open = 0, warm = 0] = bytes;
  const runAt = HEADER + 8 * warmUpCount;
  const errorsAt = runAt + 8 * runCount;
  if (bytes.length !== errorsAt + 4 * errorCount) return null;
  const doubles = (count: number, from: number) =>
    Array.from({ length: count }, (_, i) => bytes.readDoubleLE(from + 8 * i));
  return {
    warmUp: doubles(warmUpCount, HEADER),
    level: warm === 0 ? null : bytes.readDoubleLE(6),
    peak: bytes.readDoubleLE(14),
    run: doubles(runCount, runAt),
    errors: errorMemory(
      Float32Array.from({ length: errorCount }, (_, i) => bytes.readFloatLE(errorsAt + 4 * i)),
    ),
    open,
  };
}
