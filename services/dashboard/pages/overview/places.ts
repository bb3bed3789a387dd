import type { Worker } from './flow.js';

/** A partition that a group reads. */
export interface GroupPartition {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** The first record that is yet to be processed; null where nothing is committed. */
  readonly next: number | null;
  readonly end: number;
  readonly lagRecords: number | null;
  readonly lagSeconds: number | null;
}

/** Those that are farthest behind first. */
export function partitionsOf({ groups }: Worker): readonly GroupPartition[] {
  return groups
    .flatMap(({ group, inputs }) =>
      inputs.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, nextOffset, endOffset, lagRecords, lagSeconds }) => ({
          ...{ group, topic, partition, next: nextOffset, end: endOffset, lagRecords, lagSeconds },
        })),
      ),
    )
    .sort(
      (a, b) =>
        (b.lagSeconds ?? 0) - (a.lagSeconds ?? 0) ||
        (b.lagRecords ?? 0) - (a.lagRecords ?? 0) ||
        a.topic.localeCompare(b.topic) ||
        a.partition - b.partition,
    );
}
