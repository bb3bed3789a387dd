import type { Millis } from '../../shared/core/clock.js';
import { TactusError } from '../../shared/core/errors.js';
import { OutputBatch } from '../../shared/core/output-batch.js';
import type { RecordBatch } from '../../shared/core/record-batch.js';
import type { Refusal, Saved, Stage, StepResult } from '../../shared/core/stage.js';
import type { TopicName } from '../../shared/core/topics.js';
import type { ValueDecoder } from '../../shared/ports/codec.js';
import type { Limits, Rejection } from './policy.js';
import type { RecentIds } from './recent-ids.js';
import { ReplayMarks } from './replay-marks.js';

/** What the stage needs to know of the kind of record that it lets in. */
export interface IngestOptions<T extends { tenantId: string; id: string }> {
  readonly output: TopicName;
  readonly decoder: ValueDecoder<T>;
  readonly limits: Limits;
  readonly check: (value: T, arrival: Millis, limits: Limits) => Rejection | null;
  readonly keyOf: (value: T) => string;
  /** Shared by all partitions of this topic in the process. */
  readonly recentIds: RecentIds;
  readonly dedupWindowMs: Millis;
  /** Told how many duplicates a step has dropped. */
  readonly duplicates?: (count: number) => void;
}

/** State of one partition. */
export interface IngestState {
  readonly partition: number;
  readonly marks: ReplayMarks;
  /** Offset of the first record that was not processed yet. */
  next: number;
}

/**
 * Lets valid records through, as the bytes that came, with the key of the contract; refuses the
 * invalid ones with a reason; drops those whose (tenant, id) was accepted a short time before.
 *
 * The checkpoint's offset is the oldest record inside the de-duplication window: after a restart
 * the records up to "next" are read again to know their ids, and have no other effect.
 */
export function ingestStage<T extends { tenantId: string; id: string }>(
  options: IngestOptions<T>,
): Stage<IngestState> {
  return {
    restore: (saved) => ({
      partition: saved.partition,
      marks: new ReplayMarks(options.dedupWindowMs),
      next: nextOf(saved),
    }),
    step: (state, batch) => step(options, state, batch),
    checkpoint: (state) => ({
      offset: Math.min(state.next, state.marks.offset(state.next)),
      metadata: JSON.stringify({ v: 1, next: state.next }),
    }),
    replayUntil: (state) => state.next,
  };
}

function nextOf(saved: Saved): number {
  if (saved.checkpoint === null) return 0;
  const { offset, metadata } = saved.checkpoint;
  // Without our metadata the offset was set by an operator: all from there on is new.
  return metadata.startsWith('{') ? (JSON.parse(metadata) as { next: number }).next : offset;
}

function step<T extends { tenantId: string; id: string }>(
  options: IngestOptions<T>,
  state: IngestState,
  batch: RecordBatch,
): StepResult<IngestState> {
  const outputs = new OutputBatch();
  const refusals: Refusal[] = [];
  let duplicates = 0;
  for (let index = 0; index < batch.length; index++) {
    const offset = batch.offset(index);
    const arrival = batch.timestamp(index);
    const replayed = offset < state.next;
    state.marks.pass(offset, arrival);
    try {
      const value = batch.value(index);
      if (value !== null && value.length > options.limits.maxValueBytes) {
        throw new TactusError(
          'TACTUS_RECORD_TOO_LARGE',
          `the value has ${value.length} bytes; at most ${options.limits.maxValueBytes} are allowed (TACTUS_MAX_VALUE_BYTES)`,
        );
      }
      const decoded = options.decoder.decode(value);
      const rejection = options.check(decoded, arrival, options.limits);
      if (rejection !== null) {
        if (!replayed) refusals.push({ index, ...rejection });
        continue;
      }
      const id = `${decoded.tenantId}\0${decoded.id}`;
      const first = options.recentIds.accept(id, state.partition, offset, arrival, replayed);
      if (replayed) continue;
      if (!first) duplicates += 1;
      else
        outputs.add({
          topic: options.output,
          key: options.keyOf(decoded),
          value: value as Buffer,
          headers: batch.headers(index),
        });
    } catch (error) {
      if (!(error instanceof TactusError)) throw error;
      if (!replayed) refusals.push({ index, code: error.code, message: error.message });
    }
  }
  if (duplicates > 0) options.duplicates?.(duplicates);
  state.next = Math.max(state.next, batch.nextOffset);
  return { state, outputs, refusals, changes: [] };
}
