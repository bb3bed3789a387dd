import type { DeadLetter } from '../../schemas/types.js';
import type { Millis } from '../core/clock.js';
import { deadLetter } from '../core/dead-letter.js';
import { TactusError } from '../core/errors.js';
import type { OutputRecord } from '../core/output-batch.js';
import type { RecordBatch } from '../core/record-batch.js';
import type { Refusal } from '../core/stage.js';
import type { ValueEncoder } from '../ports/codec.js';
import type { Producer } from '../ports/log.js';

/** The worker that refuses records, and the physical topic that they are from. */
export interface RefusalOrigin {
  readonly worker: string;
  readonly topic: string;
}

export function letterRecord(encoder: ValueEncoder<DeadLetter>, letter: DeadLetter): OutputRecord {
  return { topic: 'dlq', key: letter.key, value: encoder.encode(letter) };
}

/** A key is of no use to who looks for the reason when it is longer. */
const MAX_BARE_KEY_BYTES = 1_024;

/** What is left of a letter that `dlq` does not take as it is, in memory of its own; null when it is as little. */
export function bareLetter(letter: DeadLetter): DeadLetter | null {
  const { key, value, headers, message } = letter;
  const longKey = key !== null && key.length > MAX_BARE_KEY_BYTES;
  if (value === null && !longKey && Object.keys(headers).length === 0) return null;
  const bytes = value === null ? 'no value' : `a value of ${value.length} bytes`;
  return {
    ...letter,
    ...{ key: key === null || longKey ? null : Buffer.from(key), value: null, headers: {} },
    message: `${message}; the record has ${bytes}, and dlq takes it neither with that nor with its headers`,
  };
}

/** The dead letters of a batch's refusals. */
export function lettersOf(
  refusals: readonly Refusal[],
  batch: RecordBatch,
  { worker, topic }: RefusalOrigin,
  now: Millis,
): DeadLetter[] {
  return refusals.map((refusal) => deadLetter(batch, refusal, worker, topic, now));
}

/** Sends letters; those that `dlq` does not take as they are without what makes them large. */
export async function sendLetters(
  letters: readonly DeadLetter[],
  producer: Pick<Producer, 'send'>,
  encoder: ValueEncoder<DeadLetter>,
): Promise<void> {
  try {
    await producer.send(letters.map((letter) => letterRecord(encoder, letter)));
  } catch (error) {
    if (!(error instanceof TactusError) || error.code !== 'TACTUS_OUTPUT_REFUSED') throw error;
    const [only] = letters;
    const smaller = letters.length === 1 && only !== undefined ? bareLetter(only) : null;
    if (letters.length > 1) for (const letter of letters) await sendLetters([letter], producer, encoder);
    else if (smaller === null) throw error;
    else await sendLetters([smaller], producer, encoder);
  }
}
