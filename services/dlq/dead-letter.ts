import type { DeadLetter } from '../../schemas/types.js';
import type { Millis } from '../../shared/core/clock.js';
import { globMatcher } from '../../shared/core/glob.js';
import { tenantOfKey } from '../../shared/wire/record-key.js';
import type { TopicName } from '../../topics/names.js';
import { TOPIC_NAMES } from '../../topics/names.js';

/** Header that counts how often a record has been replayed; a worker that refuses it again keeps it. */
export const ATTEMPTS_HEADER = 'tactus-replay-attempts';
/** Header that names the dead letter a record was replayed from, `partition:offset`. */
export const LETTER_HEADER = 'tactus-dead-letter';

/** A dead letter with what is known about it. */
export interface Letter {
  /** `partition:offset` in the topic of dead letters. */
  readonly id: string;
  readonly letter: DeadLetter;
  /** Topic that it came from, without the prefix; null when it is none of this Tactus. */
  readonly origin: TopicName | null;
  /** Whose record it was, by its value or else by its key; null when neither says. */
  readonly tenantId: string | null;
  /** Its value in today's type; null when it cannot be read as such. */
  readonly decoded: unknown;
  /** When it was replayed last; null when it was not. */
  readonly replayed: Replayed | null;
}

/** What `state.dlq` keeps of a letter. */
export interface Replayed {
  readonly at: Millis;
  readonly attempts: number;
}

/** Which letters are meant; what is absent says nothing. Globs over topic (without prefix), error and tenant. */
export interface Filter {
  readonly topic?: string;
  readonly error?: string;
  readonly tenant?: string;
  /** By the time of the refusal, `until` exclusive. */
  readonly since?: Millis;
  readonly until?: Millis;
}

export function matches(filter: Filter): (letter: Letter) => boolean {
  const [topic, error, tenant] = [filter.topic ?? '*', filter.error ?? '*', filter.tenant ?? '*'].map(
    globMatcher,
  );
  const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = filter;
  return ({ letter, origin, tenantId }) =>
    letter.failedAt >= since &&
    letter.failedAt < until &&
    (error?.(letter.error) ?? false) &&
    (topic?.(origin ?? letter.topic) ?? false) &&
    (filter.tenant === undefined || (tenantId !== null && (tenant?.(tenantId) ?? false)));
}

/** The logical name of a physical topic; null when it does not have the prefix or is none of ours. */
export function originOf(topic: string, prefix: string): TopicName | null {
  const name = topic.startsWith(prefix) ? topic.slice(prefix.length) : '';
  return TOPIC_NAMES.find((each) => each === name) ?? null;
}

/** How often the record had been replayed when it was refused. */
export function attemptsOf({ headers }: DeadLetter): number {
  const attempts = Number(headers[ATTEMPTS_HEADER]?.toString() ?? 0);
  return Number.isSafeInteger(attempts) && attempts > 0 ? attempts : 0;
}

/** The tenant that a decoded value names, or else the front of the key. */
export function tenantOf(decoded: unknown, key: Buffer | null): string | null {
  const named = (decoded as { tenantId?: unknown; point?: { tenantId?: unknown } } | null) ?? {};
  for (const tenant of [named.tenantId, named.point?.tenantId])
    if (typeof tenant === 'string' && tenant !== '') return tenant;
  return key === null ? null : tenantOfKey(key.toString());
}
