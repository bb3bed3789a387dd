import { TactusError } from './errors.js';
import type { Checkpoint, Saved } from './stage.js';

/** A checkpoint and whose it is. */
export type SavedCheckpoint = Pick<Saved, 'topic' | 'partition' | 'checkpoint'>;

/**
 * What a stage has put into its checkpoint's metadata: JSON with the version `v`. Null where there is no
 * checkpoint, and where the metadata is not ours: an operator has then set the offset.
 *
 * @throws TactusError `TACTUS_CHECKPOINT_UNKNOWN` for another version and for JSON that is broken: starting anew would
 * lose or repeat what it knows
 */
export function readMetadata<T extends { readonly v: number; readonly next: number }>(
  { topic, partition, checkpoint }: SavedCheckpoint,
  version: T['v'],
): T | null {
  if (checkpoint === null || !checkpoint.metadata.startsWith('{')) return null;
  const saved = parsed(checkpoint.metadata) as Partial<T> | null;
  if (saved !== null && saved.v === version && Number.isSafeInteger(saved.next)) return saved as T;
  const found =
    saved === null || saved.v === version
      ? 'is damaged'
      : `has version ${JSON.stringify(saved.v)}, this build knows ${version}`;
  throw new TactusError(
    'TACTUS_CHECKPOINT_UNKNOWN',
    `the checkpoint of ${topic}[${partition}] at offset ${checkpoint.offset} ${found}: start the build that wrote it or a newer one; to begin anew, without what it knows, set the group's offset with kafka-consumer-groups.sh --reset-offsets`,
  );
}

/** Offset of the first record that was not processed yet, by the checkpoint of any stage. */
export function nextOf({ offset, metadata }: Checkpoint): number {
  const next = fieldsOf(metadata)?.next;
  return Number.isSafeInteger(next) ? (next as number) : offset;
}

/** The checkpoint in a log that has no more than what is from `start` up to `end`, and all else that it knows. */
export function within(checkpoint: Checkpoint, { start, end }: { start: number; end: number }): Checkpoint {
  const clamp = (offset: number) => Math.min(Math.max(offset, start), end);
  const [offset, next] = [clamp(checkpoint.offset), clamp(nextOf(checkpoint))];
  const fields = fieldsOf(checkpoint.metadata);
  if (fields?.next === undefined) return { ...checkpoint, offset };
  return { ...checkpoint, offset, metadata: JSON.stringify({ ...fields, next }) };
}

/** Null for metadata that are not a stage's. */
function fieldsOf(metadata: string): { readonly next?: unknown } | null {
  return metadata.startsWith('{') ? (parsed(metadata) as { readonly next?: unknown } | null) : null;
}

/** Null for what is no JSON. */
function parsed(metadata: string): unknown {
  try {
    return JSON.parse(metadata);
  } catch {
    return null;
  }
}
