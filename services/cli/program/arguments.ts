import { InvalidArgumentError } from 'commander';
import { type Matcher, parseMatcher } from '../../../shared/alerting/matcher.js';
import { type Millis, systemClock } from '../../../shared/core/clock.js';
import { DURATION_ALLOWED, parseDuration } from '../../../shared/files/duration.js';
import { ALL_TENANTS, SCOPES, type Scope } from '../../../shared/ports/keys.js';

const MAX_LIFETIME_MS = 3_650 * 86_400_000;

/*
 * What options of the command line may be: each turns the text into a value, or says what is allowed.
 */

/** A moment: ISO 8601, milliseconds since the epoch, or how long ago. */
export function time(text: string): Millis {
  const ago = parseDuration(text);
  if (ago !== null) return systemClock.now() - ago;
  const at = /^\d{12,}$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isFinite(at))
    throw new InvalidArgumentError(
      'It must be a time such as 2026-11-21T08:00:00Z, or a duration such as 30m for half an hour ago.',
    );
  return at;
}

/** When something starts: a moment to come, or in how long. */
export function startTime(text: string): Millis {
  const ahead = parseDuration(text);
  const at = ahead === null ? Date.parse(text) : systemClock.now() + ahead;
  if (!(at >= systemClock.now()))
    throw new InvalidArgumentError(
      'It must be a time to come such as 2026-11-21T22:00:00Z, or a duration such as 2h for in two hours.',
    );
  return at;
}

/** A length of time, longer than none. */
export function duration(text: string): Millis {
  const ms = parseDuration(text);
  if (ms === null || ms === 0) throw new InvalidArgumentError(`It must be ${DURATION_ALLOWED}.`);
  return ms;
}

/** As {@link duration}; a bare number is seconds. */
export function secondsOrDuration(text: string): Millis {
  return duration(/^\d+$/.test(text) ? `${text}s` : text);
}

/** How long a silence lasts, or a key is good for: times beyond fit no record, and longer silences are forgotten. */
export function lifetime(text: string): Millis {
  const ms = duration(text);
  if (ms > MAX_LIFETIME_MS) throw new InvalidArgumentError('It must be at most 3650d.');
  return ms;
}

/** Reads some of these, separated by commas, each once. */
export function someOf<T extends string>(all: readonly T[]): (text: string) => readonly T[] {
  return (text) => {
    const parts = text.split(',').map((part) => part.trim());
    const found = all.filter((one) => parts.includes(one));
    if (found.length !== parts.length)
      throw new InvalidArgumentError(`It must be some of ${all.join(', ')}, each once, separated by commas.`);
    return found;
  };
}

/** Scopes of a key. */
export const keyScopes: (text: string) => readonly Scope[] = someOf(SCOPES);

/** As {@link tenantId}, where all is what is meant without one. */
export function oneTenant(text: string): string | undefined {
  return text === ALL_TENANTS ? undefined : tenantId(text);
}

/** The id of a tenant, or `*` for all. */
export function tenantId(text: string): string {
  if (!/^[^|\p{Cc}]{1,256}$/u.test(text))
    throw new InvalidArgumentError(
      'It must be 1 to 256 characters without control characters and without "|".',
    );
  return text;
}

/** A name for people. */
export function shortText(text: string): string {
  if (!/^\P{Cc}{0,100}$/u.test(text))
    throw new InvalidArgumentError('It must be at most 100 characters without control characters.');
  return text;
}

/** Tests of labels, one for each argument; commander calls it with what it gave for those before. */
export function alertMatchers(text: string, before: readonly Matcher[] = []): readonly Matcher[] {
  const matcher = parseMatcher(text);
  if (typeof matcher === 'string') throw new InvalidArgumentError(`It must be ${matcher}.`);
  return [...before, matcher];
}

/** Adds a label such as `severity=critical`. */
export function label(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_.]{0,99})=(.{0,2000})$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('It must be NAME=VALUE, such as severity=critical.');
  return { ...before, [name]: value };
}

/** A moment, past or to come. */
export function moment(text: string): Millis {
  const at = Date.parse(text);
  if (!Number.isFinite(at)) throw new InvalidArgumentError('It must be a time such as 2026-11-21T08:00:00Z.');
  return at;
}

/** The id of a dead letter, as `dlq ls` shows it. */
export function letterId(text: string): string {
  if (!/^\d+:\d+$/.test(text))
    throw new InvalidArgumentError('It must be PARTITION:OFFSET, as `dlq ls` shows it.');
  return text;
}

export function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('It must be a whole number.');
  return value;
}

export function positive(text: string): number {
  const value = count(text);
  if (value === 0) throw new InvalidArgumentError('It must be at least 1.');
  return value;
}

export function ratio(text: string): number {
  const value = Number(text);
  if (text === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('It must be a number from 0 to 1.');
  return value;
}

export function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_535)
    throw new InvalidArgumentError('It must be an integer from 1 to 65535.');
  return value;
}

export function sensitivity(text: string): number {
  const value = Number(text);
  if (!(value >= 0.2 && value <= 5)) throw new InvalidArgumentError('It must be a number from 0.2 to 5.');
  return value;
}
