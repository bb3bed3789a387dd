import type { DeadLetter } from '../../schemas/types.js';
import { TOPIC_NAMES, type TopicName } from '../../topics/names.js';
import type { Millis } from '../core/clock.js';
import { globMatcher } from '../core/glob.js';
import { tenantOfKey } from '../wire/series.js';

/** Header with the number of replays; kept when the record is refused again. */
export const ATTEMPTS_HEADER = 'tactus-replay-attempts';
/** Header with the dead letter that a record was replayed from, `partition:offset`. */
export const DEAD_LETTER_HEADER = 'tactus-dead-letter';

/** A dead letter in the topic `dlq`. */
export interface StoredDeadLetter {
  /** `partition:offset` in the topic. */
  readonly id: string;
  readonly letter: DeadLetter;
  /** Logical topic that the record is from; null when it is not a topic of this Tactus. */
  readonly origin: TopicName | null;
  /** The record's tenant, from its value or else its key; null when neither has one. */
  readonly tenantId: string | null;
  /** The decoded value; null when it cannot be decoded. */
  readonly decoded: unknown;
  /** Its last replay; null when it was not replayed. */
  readonly replayed: Replayed | null;
}

/** The value of `state.dlq` for a dead letter. */
export interface Replayed {
  readonly at: Millis;
  readonly attempts: number;
}

/** Selects dead letters by globs over topic (without prefix), error and tenant, and by time. */
export interface Filter {
  readonly topic?: string;
  readonly error?: string;
  readonly tenant?: string;
  /** Its letters alone, as it is written. */
  readonly tenantId?: string;
  /** Time of the refusal; `until` is exclusive. */
  readonly since?: Millis;
  readonly until?: Millis;
}

export interface Matcher {
  /** By what is known without decoding the value. */
  letter(letter: DeadLetter, origin: TopicName | null): boolean;
  tenant(tenantId: string | null): boolean;
}

/** Both have to match. */
export function matcherOf(filter: Filter): Matcher {
  const [topic, error] = [globMatcher(filter.topic ?? '*'), globMatcher(filter.error ?? '*')];
  const tenant = filter.tenant === undefined ? null : globMatcher(filter.tenant);
  const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = filter;
  return {
    letter: (letter, origin) =>
      letter.failedAt >= since &&
      letter.failedAt < until &&
      error(letter.error) &&
      topic(origin ?? letter.topic),
    tenant: (tenantId) =>
      (filter.tenantId === undefined || tenantId === filter.tenantId) &&
      (tenant === null || (tenantId !== null && tenant(tenantId))),
  };
}

/** The logical name of a physical topic; null without the prefix, or for an unknown topic. */
export function originOf(topic: string, prefix: string): TopicName | null {
  const name = topic.startsWith(prefix) ? topic.slice(prefix.length) : '';
  return TOPIC_NAMES.find((each) => each === name) ?? null;
}

/** Number of replays before the record was refused. */
export function attemptsOf({ headers }: DeadLetter): number {
  const attempts = Number(headers[ATTEMPTS_HEADER]?.toString() ?? 0);
  return Number.isSafeInteger(attempts) && attempts > 0 ? attempts : 0;
}

/** The tenant of a decoded value, or else the first part of the key. */
export function tenantOf(decoded: unknown, key: Buffer | null): string | null {
  const named = (decoded as { tenantId?: unknown; point?: { tenantId?: unknown } } | null) ?? {};
  for (const tenant of [named.tenantId, named.point?.tenantId])
    if (typeof tenant === 'string' && tenant !== '') return tenant;
  return key === null ? null : tenantOfKey(key.toString());
}
