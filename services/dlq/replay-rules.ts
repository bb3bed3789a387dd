import type { Millis } from '../../shared/core/clock.js';
import type { OutputRecord } from '../../shared/core/output-batch.js';
import { ATTEMPTS_HEADER, attemptsOf, LETTER_HEADER, type Letter } from './letter.js';

export interface ReplayRules {
  /** Letters that were replayed already are taken again, and those whose windows may be open. */
  readonly force: boolean;
  /** A record that was refused after this many replays is left alone. */
  readonly maxAttempts: number;
  /** After this time the windows that a point was in are surely closed. */
  readonly windowsOpenMs: Millis;
  /** For so long `ingest` knows the ids of what it has read. */
  readonly idsKnownMs: Millis;
  readonly now: Millis;
}

/** Why a letter is not replayed; null when it is. */
export function skipReason(one: Letter, rules: ReplayRules): string | null {
  const { letter, origin, replayed } = one;
  if (origin === null) return 'its topic is none of this Tactus';
  if (letter.value === null) return 'it has no value';
  if (rules.force) return null;
  if (replayed !== null) return 'it was replayed before';
  if (attemptsOf(letter) >= rules.maxAttempts) return `it was refused after ${rules.maxAttempts} replays`;
  // Windowing has counted a point that only the database refused: once more would be twice.
  if (origin === 'metrics' && rules.now - letter.failedAt < rules.windowsOpenMs)
    return 'its windows may be open, where it would count twice';
  // What makes a record valid is often a setting, and after a restart with another one ingest reads the records of its
  // de-duplication window again, takes the ids of those that are valid now for accepted, and would drop the replay.
  if (origin.startsWith('ingest.') && rules.now - letter.failedAt < rules.idsKnownMs)
    return 'ingest may take its id for known until the de-duplication window is over';
  return null;
}

/** The record as it was received, with the headers of a replay. */
export function replayOf({ id, letter, origin }: Letter): OutputRecord | null {
  if (origin === null || letter.value === null) return null;
  return {
    topic: origin,
    key: letter.key,
    value: letter.value,
    headers: {
      ...letter.headers,
      [ATTEMPTS_HEADER]: String(attemptsOf(letter) + 1),
      [LETTER_HEADER]: id,
    },
  };
}
