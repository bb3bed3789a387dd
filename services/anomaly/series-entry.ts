import type { Millis } from '../../shared/core/clock.js';
import type { Cadence } from '../../shared/detection/silence.js';

const VERSION = 2;
const HEADER = 27;

/** What a changelog value holds; the detector reads its own part. */
export interface SavedEntry {
  readonly lastStart: Millis;
  readonly cadence: Cadence;
  readonly isSilent: boolean;
  readonly detectorState: Buffer;
}

/**
 * Layout of a changelog value: version u8, silent u8, observations u8, start of the last window f64, its
 * tick f64, longest gap f64, then the detector's own bytes.
 */
export function saveEntry({ lastStart, cadence, isSilent, detectorState }: SavedEntry): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER + detectorState.length);
  bytes.set([VERSION, isSilent ? 1 : 0, cadence.seen]);
  bytes.writeDoubleLE(lastStart, 3);
  bytes.writeDoubleLE(cadence.tick, 11);
  bytes.writeDoubleLE(cadence.gap, 19);
  detectorState.copy(bytes, HEADER);
  return bytes;
}

/** Null for bytes of another version. */
export function loadEntry(bytes: Buffer): SavedEntry | null {
  if (bytes.length < HEADER || bytes[0] !== VERSION) return null;
  return {
    lastStart: bytes.readDoubleLE(3),
    cadence: { tick: bytes.readDoubleLE(11), gap: bytes.readDoubleLE(19), seen: bytes[2] ?? 0 },
    isSilent: bytes[1] === 1,
    detectorState: bytes.subarray(HEADER),
  };
}
