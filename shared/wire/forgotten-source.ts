import { jsonObject } from '../core/json-object.js';

/*
 * A record of `state.progress` of its own: JSON {v, forgotten: [stage, topic, partition]}, by the key below.
 */

/** An input partition of a stage that is gone for good. */
export interface ForgottenName {
  /** The stage's consumer group, without the prefix. */
  readonly stage: string;
  /** Its input, the logical name. */
  readonly topic: string;
  readonly partition: number;
}

const VERSION = 1;

/** Distinct from those of workers, which begin with their group. */
export function forgottenKey({ stage, topic, partition }: ForgottenName): string {
  return `|forgotten|${stage}|${topic}|${partition}`;
}

export function encodeForgotten({ stage, topic, partition }: ForgottenName): Buffer {
  return Buffer.from(JSON.stringify({ v: VERSION, forgotten: [stage, topic, partition] }));
}

/** Null for another version's, and for any bytes that {@link encodeForgotten} does not make. */
export function decodeForgotten(bytes: Buffer): ForgottenName | null {
  const { v, forgotten } = jsonObject(bytes.toString()) ?? {};
  if (v !== VERSION || !Array.isArray(forgotten) || forgotten.length !== 3) return null;
  const [stage, topic, partition] = forgotten as unknown[];
  if (typeof stage !== 'string' || typeof topic !== 'string') return null;
  if (typeof partition !== 'number' || !Number.isSafeInteger(partition) || partition < 0) return null;
  return { stage, topic, partition };
}
