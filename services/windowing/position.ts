import type { Checkpoint } from '../../shared/core/stage.js';
import type { StreamTimeSnapshot } from '../../shared/windows/stream-time.js';

/** What the metadata of a committed offset says. */
export interface Position {
  /** Offset of the first record that was not processed yet. */
  readonly next: number;
  readonly time: StreamTimeSnapshot;
}

const VERSION = 1;

/** Some 80 bytes of JSON; a broker takes 4,096 (`offset.metadata.max.bytes`). */
export function writePosition(position: Position): string {
  return JSON.stringify({ v: VERSION, next: position.next, ...position.time });
}

/**
 * Reads a checkpoint back. One without our metadata (an offset that an operator has reset) is
 * taken as a fresh start at that offset.
 */
export function readPosition(checkpoint: Checkpoint | null): Position {
  const fresh = { next: checkpoint?.offset ?? 0, time: { highest: null, time: null } };
  if (checkpoint === null || !checkpoint.metadata.startsWith('{')) return fresh;
  const saved = JSON.parse(checkpoint.metadata) as {
    v: number;
    next: number;
    highest: number | null;
    time: number | null;
  };
  if (saved.v !== VERSION) return fresh;
  return { next: saved.next, time: { highest: saved.highest, time: saved.time } };
}
