import type { Millis } from '../../shared/core/clock.js';
import type { Detector } from '../../shared/detection/detector.js';
import type { Cadence } from '../../shared/detection/silence.js';

const VERSION = 2;
const HEADER = 27;

/** What a changelog value holds beside the detector's own part. */
export interface EntryHead {
  readonly lastStart: Millis;
  readonly cadence: Cadence;
  readonly isSilent: boolean;
}

/** The detector reads its own part. */
export interface SavedEntry extends EntryHead {
  readonly detectorState: Buffer;
}

/** Bytes of a changelog value whose detector saves a state in so many. */
export function entryBytes({ savedBytes }: Pick<Detector<never>, 'savedBytes'>): number {
  return HEADER + savedBytes;
}

/**
 * Layout of a changelog value: version u8, silent u8, observations u8, start of the last window f64, its
 * tick f64, longest gap f64, then the detector's own bytes.
 *
 * @param bytes {@link entryBytes} that are written to
 */
export function saveEntry<State>(
  { lastStart, cadence, isSilent, state }: EntryHead & { readonly state: State },
  detector: Detector<State>,
  bytes = Buffer.allocUnsafe(entryBytes(detector)),
): Buffer {
  bytes.set([VERSION, isSilent ? 1 : 0, cadence.seen]);
  bytes.writeDoubleLE(lastStart, 3);
  bytes.writeDoubleLE(cadence.tick, 11);
  bytes.writeDoubleLE(cadence.gap, 19);
  detector.save(state, bytes.subarray(HEADER));
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
