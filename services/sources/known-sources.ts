import type { Millis } from '../../shared/core/clock.js';
import { decodeForgotten, type ForgottenName } from '../../shared/wire/forgotten-source.js';
import { decodeProgress } from '../../shared/wire/progress-record.js';

/** An input partition of a stage that keeps time. */
export interface SourceEntry extends ForgottenName {
  /** How far it is; null when no worker knows. */
  readonly time: Millis | null;
  /** When a worker last said so; null when none has. */
  readonly saidAt: Millis | null;
  /** When it was said to be gone, if nobody has claimed it since. */
  readonly forgottenAt: Millis | null;
}

/** What `state.progress` says of sources; the last word on each counts. */
export class KnownSources {
  readonly #sources = new Map<string, SourceEntry>();

  /** @param at when the log got the value */
  take(value: Buffer | null, at: Millis): void {
    if (value === null) return;
    const forgotten = decodeForgotten(value);
    if (forgotten !== null) this.#change(forgotten, { forgottenAt: at });
    const record = decodeProgress(value);
    if (record === null || record.output === '') return;
    const { stage, topic, partitions, times } = record.note;
    for (let partition = 0; partition < partitions; partition++)
      this.#change({ stage, topic, partition }, {});
    for (const { partition, time } of times)
      this.#change({ stage, topic, partition }, { time, saidAt: at, forgottenAt: null });
  }

  /** By stage, topic and partition. */
  list(): readonly SourceEntry[] {
    const order = (a: SourceEntry, b: SourceEntry) =>
      a.stage.localeCompare(b.stage) || a.topic.localeCompare(b.topic) || a.partition - b.partition;
    return [...this.#sources.values()].sort(order);
  }

  /** Undefined where no worker has named it, or a partition behind it. */
  find(name: ForgottenName): SourceEntry | undefined {
    return this.#sources.get(keyOf(name));
  }

  #change({ stage, topic, partition }: ForgottenName, change: Partial<SourceEntry>): void {
    const name = { stage, topic, partition };
    const before = this.find(name) ?? { ...name, time: null, saidAt: null, forgottenAt: null };
    this.#sources.set(keyOf(name), { ...before, ...change });
  }
}

function keyOf({ stage, topic, partition }: ForgottenName): string {
  return `${stage}|${topic}|${partition}`;
}
