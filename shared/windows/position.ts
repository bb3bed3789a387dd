import { createHash } from 'node:crypto';
import { readMetadata, type SavedCheckpoint } from '../core/checkpoint-metadata.js';
import type { Millis } from '../core/clock.js';
import type { WindowDefinition } from './definition.js';

/** What must be kept of a partition's time across a restart. */
export interface StreamTimeSnapshot {
  /** Highest point timestamp seen, or null before the first. */
  readonly highest: Millis | null;
  /** Stream time: the watermark of a definition is this less its grace. Null before the first point. */
  readonly time: Millis | null;
  /** What is known of those who write the log, in the format of source-snapshot.ts; without where none say their time. */
  readonly sources?: string | undefined;
}

/** What the metadata of a committed offset says. */
export interface Position {
  /** Offset of the first record that was not processed yet. */
  readonly next: number;
  readonly time: StreamTimeSnapshot;
  /**
   * The definitions in force, by fingerprint, and from which window start on they count, or
   * {@link FROM_THE_BEGINNING}. Null when nothing has been committed yet.
   */
  readonly since: Readonly<Record<string, Millis>> | null;
}

const VERSION = 1;

/** Stands in {@link Position.since} for a definition that counts all windows, also those before 1970. */
export const FROM_THE_BEGINNING: Millis = 0;

/** A broker takes 4,096 bytes (`offset.metadata.max.bytes`), of which the commit's mark takes some. */
const MAX_BYTES = 3_800;
const START_BYTES = 120;
/**
 * Most definitions whose positions fit into the metadata, beside the least that can be said of the sources. With more
 * no offset could be committed.
 */
export const MAX_DEFINITIONS = 128;

/** How long the text of the sources may be beside these definitions. */
export function roomForSources(since: Readonly<Record<string, Millis>>): number {
  return Math.max(0, MAX_BYTES - START_BYTES - JSON.stringify(since).length);
}

/** JSON of 90 bytes, 13 to 26 for each of at most {@link MAX_DEFINITIONS}, and the text of the sources. */
export function writePosition(position: Position): string {
  return JSON.stringify({ v: VERSION, next: position.next, ...position.time, since: position.since });
}

interface Metadata {
  readonly v: typeof VERSION;
  readonly next: number;
  readonly highest: number | null;
  readonly time: number | null;
  readonly since?: Record<string, number> | null;
  readonly sources?: string;
}

/**
 * Reads a checkpoint back. One without our metadata (an offset that an operator has reset) is
 * taken as a fresh start at that offset.
 *
 * @throws TactusError `TACTUS_CHECKPOINT_UNKNOWN` for metadata of another version
 */
export function readPosition(saved: SavedCheckpoint): Position {
  const metadata = readMetadata<Metadata>(saved, VERSION);
  if (metadata === null)
    return { next: saved.checkpoint?.offset ?? 0, time: { highest: null, time: null }, since: null };
  const { next, highest, time, sources, since = null } = metadata;
  return { next, time: { highest, time, sources }, since };
}

/** What makes two definitions compute the same windows, in a few characters. */
export function fingerprintOf(definition: WindowDefinition): string {
  return digestOf(JSON.stringify(definition));
}

/** A text in a few characters. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 8);
}
