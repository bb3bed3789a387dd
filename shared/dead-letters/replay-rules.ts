import type { Millis } from '../core/clock.js';
import type { OutputRecord } from '../core/output-batch.js';
import { TIME_HEADER } from '../wire/time-note.js';
import { ATTEMPTS_HEADER, attemptsOf, DEAD_LETTER_HEADER, type StoredDeadLetter } from './dead-letter.js';

export interface ReplayRules {
  /** Also replays dead letters that were replayed before, and those whose windows may be open. */
  readonly force: boolean;
  /** A record that was refused after this many replays is skipped. */
  readonly maxAttempts: number;
  /** After this time the windows of a point are closed. */
  readonly windowsOpenMs: Millis;
  /** For so long `ingest` remembers ids. */
  readonly idsKnownMs: Millis;
  readonly now: Millis;
}

/** Why one is skipped that this or another replay has replayed. */
export const REPLAYED = 'it was replayed before';

/** Why a dead letter is not replayed; null when it is. */
export function skipReason(one: StoredDeadLetter, rules: ReplayRules): string | null {
  const { letter, origin, replayed } = one;
  if (origin === null) return 'its topic is none of this Tactus';
  if (letter.value === null) return 'it has no value';
  if (rules.force) return null;
  if (replayed !== null) return REPLAYED;
  if (attemptsOf(letter) >= rules.maxAttempts) return `it was refused after ${rules.maxAttempts} replays`;
  // With the event all that its other mappings have made would be sent again.
  if (letter.error === 'TACTUS_MAPPING_FAILED')
    return 'its event was accepted, and only a point of it is missing';
  // Windowing has counted a point that only the database refused, and would count it again.
  if (origin === 'metrics' && rules.now - letter.failedAt < rules.windowsOpenMs)
    return 'its windows may be open, where it would count twice';
  // After a restart with other settings `ingest` reads the records of its de-duplication window again: ids of records
  // that are now valid then count as accepted, and a replay of them would be dropped.
  if (origin.startsWith('ingest.') && rules.now - letter.failedAt < rules.idsKnownMs)
    return 'ingest may take its id for known until the de-duplication window is over';
  return null;
}

/** The record as it was received, with the headers of a replay. What its writers said of their time is long over. */
export function replayRecord({ id, letter, origin }: StoredDeadLetter): OutputRecord | null {
  if (origin === null || letter.value === null) return null;
  const { [TIME_HEADER]: _, ...headers } = letter.headers;
  return {
    topic: origin,
    key: letter.key,
    value: letter.value,
    headers: {
      ...headers,
      [ATTEMPTS_HEADER]: String(attemptsOf(letter) + 1),
      [DEAD_LETTER_HEADER]: id,
    },
  };
}
