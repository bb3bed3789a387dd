import type { TopicName } from '../../../topics/names.js';
import type { Millis } from '../../core/clock.js';
import type { Saved } from '../../core/stage.js';
import type { ProgressView } from '../../ports/progress.js';
import type { WindowDefinition } from '../../windows/definition.js';
import { NotedInput } from '../../windows/noted-input.js';
import type { SourceObserver } from '../../windows/source.js';

/** How the stages know how far their input has come. */
export interface InputTimeOptions {
  readonly idleTimeoutMs: Millis;
  /** How long a partition of who writes the input may hold it back while others go on. */
  readonly watermarkHoldMs: Millis;
  /** Grace of a window definition by its name; of an unknown one, and null, the longest of all. */
  readonly graceOf: (window: string | null) => Millis;
  /** What those who write the input say of partitions that send nothing; default nothing. */
  readonly progress?: ProgressView;
  /** Called for each partition that is restored. */
  readonly observe?: (topic: TopicName, partition: number) => SourceObserver;
}

export function notedInput(topic: TopicName, options: InputTimeOptions, saved: Saved): NotedInput {
  const { idleTimeoutMs, watermarkHoldMs: holdMs, progress, observe } = options;
  return new NotedInput(
    { topic, idleTimeoutMs, holdMs, progress, observer: observe?.(topic, saved.partition) },
    saved,
  );
}

/** @param definitions those in force */
export function gracesOf(definitions: () => readonly WindowDefinition[]): InputTimeOptions['graceOf'] {
  return (window) => {
    const all = definitions();
    const found = all.find(({ name }) => name === window);
    return found?.graceMs ?? Math.max(0, ...all.map(({ graceMs }) => graceMs));
  };
}

/** Of input without notes, such as history from the database. */
export const UNTIMED_INPUT: InputTimeOptions = { idleTimeoutMs: 0, watermarkHoldMs: 0, graceOf: () => 0 };
