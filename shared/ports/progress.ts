import type { TopicName } from '../../topics/names.js';
import type { Millis } from '../core/clock.js';
import type { StageTime } from '../core/stage.js';

/**
 * What a worker says of input partitions whose stream time goes on while one of its output partitions gets
 * nothing that could carry the news.
 */
export interface ProgressClaim {
  /** The stage's consumer group, without the prefix. */
  readonly stage: string;
  /** Its input, the logical name. */
  readonly topic: string;
  /** How many partitions the input has. */
  readonly partitions: number;
  /** Of those that the worker owns. */
  readonly times: readonly (StageTime & { readonly partition: number })[];
  /** All that was ever written of these input partitions lies before this offset of the output partition. */
  readonly upTo: number;
  /** When the log got the claim. */
  readonly changedAt: Millis;
}

/** The latest claims of all workers. */
export interface ProgressView {
  /**
   * @param topic an output topic, the logical name
   * @returns the same array for as long as there is nothing new
   */
  claims(topic: TopicName, partition: number): readonly ProgressClaim[];
  /** Sources that are gone for good, as long as no worker claims them again; the same array for as long as there is nothing new. */
  forgotten(): readonly ForgottenSource[];
}

/** An input partition that nobody sends to any more, as an operator has said. */
export interface ForgottenSource {
  /** The stage's consumer group, without the prefix. */
  readonly stage: string;
  /** Its input, the logical name. */
  readonly topic: string;
  readonly partition: number;
  /** When the log got to know. */
  readonly at: Millis;
}

/** Of a pipeline in which nobody claims anything. */
export const NO_PROGRESS: ProgressView = { claims: () => [], forgotten: () => [] };
