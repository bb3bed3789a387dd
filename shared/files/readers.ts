import type { Millis } from '../core/clock.js';
import { DURATION_ALLOWED, formatDuration, parseDuration } from './duration.js';
import { closest, type Fields, type Reader, type Value } from './value.js';

/*
 * What values of files may be. Texts that say what is allowed go on from "must be".
 */

/** Longest text of any value. */
export const MAX_TEXT = 2_000;
/** Names beyond this many are of no help. */
const MAX_LISTED = 50;

/** Text, by default any that is not empty. */
export function text(allowed = 'text', pattern = /./s): Reader<string> {
  return (value) => {
    const { scalar } = value;
    const good = typeof scalar === 'string' && scalar.length <= MAX_TEXT && pattern.test(scalar);
    return good ? scalar : value.refuse(allowed);
  };
}

export const boolean: Reader<boolean> = (value) =>
  typeof value.scalar === 'boolean' ? value.scalar : value.refuse('true or false');

/** A whole number within [min, max]. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): Reader<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return (value) => {
    const { scalar } = value;
    const good = Number.isSafeInteger(scalar) && Number(scalar) >= min && Number(scalar) <= max;
    return good ? Number(scalar) : value.refuse(`a whole number ${range}`);
  };
}

/** A finite number within [min, max]. */
export function number(min = -Number.MAX_VALUE, max = Number.MAX_VALUE): Reader<number> {
  const range = max === Number.MAX_VALUE ? '' : ` from ${min} to ${max}`;
  return (value) => {
    const { scalar } = value;
    const good = typeof scalar === 'number' && scalar >= min && scalar <= max;
    return good ? scalar : value.refuse(`a number${range}`);
  };
}

/** A duration within [min, max]; `range` says so in words that are better than the plain ones. */
export function duration({
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
  range,
}: {
  readonly min?: Millis;
  readonly max?: Millis;
  readonly range?: string;
} = {}): Reader<Millis> {
  const most = max === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${formatDuration(max)}`;
  return (value) => {
    const ms = typeof value.scalar === 'string' ? parseDuration(value.scalar) : null;
    if (ms === null) return value.refuse(DURATION_ALLOWED);
    return ms >= min && ms <= max ? ms : value.refuse(range ?? `at least ${formatDuration(min)}${most}`);
  };
}

/** One of some texts. */
export function oneOf<const T extends string>(choices: readonly T[]): Reader<T> {
  return (value) => {
    const found = choices.find((choice) => choice === value.scalar);
    return found ?? value.refuse(`one of ${listed(choices)}`, meant(value.scalar, choices));
  };
}

/** `; did you mean "size"?` where something like it exists. */
function meant(scalar: unknown, choices: readonly string[]): string {
  const near = typeof scalar === 'string' ? closest(scalar, choices) : undefined;
  return near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
}

function listed(names: readonly string[]): string {
  return names.length <= MAX_LISTED ? names.join(', ') : `${names.slice(0, MAX_LISTED).join(', ')}, ...`;
}

export interface ListOptions {
  /** What the list must be, in words: `a list of rules`. */
  readonly allowed: string;
  readonly least?: number;
  readonly most?: number;
  /** Why there may not be more, to follow the number. */
  readonly because?: string;
  /** The key of each mapping that no two of them may share. */
  readonly unique?: string;
}

/** A list; null if any of it is wrong, after all of it has been looked at. */
export function listOf<T>(reader: Reader<T>, options: ListOptions): Reader<readonly T[]> {
  const { allowed, least = 0, most = Number.POSITIVE_INFINITY, because = '', unique } = options;
  return (list) => {
    const items = list.items();
    if (items === null) return list.refuse(allowed);
    if (items.length < least) return list.wrong(`must hold at least ${least}`);
    if (items.length > most)
      return list.wrong(`must hold at most ${most}${because}: it holds ${items.length}`);
    const taken: T[] = [];
    const names = new Set<unknown>();
    let good = true;
    for (const item of items) {
      const one = reader(item);
      if (one === null) good = false;
      else taken.push(one);
      const named = unique === undefined ? undefined : item.fields()?.at(unique);
      if (named === undefined || named.isAbsent) continue;
      if (names.has(named.scalar)) {
        named.wrong(`${JSON.stringify(named.scalar)} is used twice; each must have its own`);
        good = false;
      }
      names.add(named.scalar);
    }
    return good ? taken : null;
  };
}

/** A list of texts, no two the same. */
export function texts(
  allowed: string,
  each: Reader<string> = text(),
  most = Number.POSITIVE_INFINITY,
): Reader<readonly string[]> {
  return (list) => {
    const all = listOf(each, { allowed, most })(list);
    if (all === null || new Set(all).size === all.length) return all;
    return list.wrong(
      `must be ${allowed}: ${JSON.stringify(all.find((one, i) => all.indexOf(one) < i))} is there twice`,
    );
  };
}

/** A mapping of certain keys. */
export function mapping<T>(
  keys: readonly string[],
  read: (fields: Fields) => T | null,
  allowed = 'a mapping of keys to values',
): Reader<T> {
  return (value) => {
    const fields = value.fields();
    if (fields === null) return value.refuse(allowed);
    fields.only(keys);
    const made = read(fields);
    return fields.good ? made : null;
  };
}

/** A mapping of names of the user's choice to values that are all alike; `reader` is handed the name, too. */
export function mapOf<T>(
  reader: (value: Value, name: string) => T | null,
  {
    allowed,
    name,
    most = Number.POSITIVE_INFINITY,
  }: {
    readonly allowed: string;
    readonly most?: number;
    /** What is wrong with a name; null if nothing is. */
    readonly name: (name: string) => string | null;
  },
): Reader<ReadonlyMap<string, T>> {
  return (value) => {
    const fields = value.fields();
    if (fields === null) return value.refuse(allowed);
    const { length } = value.keys();
    if (length > most) return value.wrong(`must hold at most ${most}: it holds ${length}`);
    const taken = new Map<string, T>();
    for (const [key, each] of fields.entries()) {
      const problem = name(key);
      if (problem !== null) each.wrong(problem);
      const one = reader(each, key);
      if (one !== null) taken.set(key, one);
    }
    return fields.good ? taken : null;
  };
}

/** A document of one key, as most of our files are; `holds` says what belongs under it. */
export function document<T>(key: string, holds: string, reader: Reader<T>): Reader<T> {
  return (root) =>
    root.fields() === null
      ? root.wrong(`must hold the one key \`${key}\` with ${holds}`)
      : mapping([key], (fields) =>
          // Another key in its place says it all.
          fields.good || fields.has(key) ? fields.required(key, reader) : null,
        )(root);
}
