import { closestMatch } from 'leven';
import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { withoutCredentials } from './credentials.js';

/**
 * Takes what is wrong with a key, at which node of the document, and at which character of its text where
 * it is about a part of that.
 */
export type Report = (node: unknown, key: string, what: string, offset?: number) => void;

/** Takes a value out of a file. Reports all that is wrong with it, and gives null then and only then. */
export type Reader<T> = (value: Value) => T | null;

interface Source {
  readonly node: unknown;
  readonly key: string;
  readonly report: Report;
  /** What aliases stand for. */
  readonly aliases: ReadonlyMap<Alias, Node | null>;
  /** Where a value would stand that is not there. */
  readonly place?: unknown;
  /** Never shown. */
  readonly secret?: boolean;
}

/** A value of a file with its place and the path of its key. */
export class Value {
  readonly #source: Source;
  readonly #node: unknown;

  constructor(source: Source) {
    this.#source = source;
    const { node, aliases } = source;
    this.#node = isAlias(node) ? aliases.get(node) : node;
  }

  get key(): string {
    return this.#source.key;
  }

  /** A key without a value, or with `null`, is as good as no key. */
  get isAbsent(): boolean {
    return this.#node === undefined || this.#node === null || this.scalar === null;
  }

  /** Text, number, boolean or null; undefined for lists and mappings. */
  get scalar(): unknown {
    return isScalar(this.#node) ? this.#node.value : undefined;
  }

  /** What stands in a list; null for anything else. */
  items(): readonly Value[] | null {
    if (!isSeq(this.#node)) return null;
    const { key } = this;
    return this.#node.items.map((node, i) => new Value({ ...this.#source, node, key: `${key}[${i}]` }));
  }

  /** The keys of a mapping; none for anything else. */
  keys(): readonly string[] {
    return isMap(this.#node) ? this.#node.items.map(({ key }) => nameOf(key)) : [];
  }

  /** The keys and values of a mapping; null for anything else. */
  fields(): Fields | null {
    const map: unknown = this.#node;
    return isMap(map) ? new Fields(map, this.#source) : null;
  }

  /** The value without its place: text, number, boolean, null, or a list or mapping of these, without what is absent. */
  plain(): unknown {
    const items = this.items();
    if (items !== null) return items.map((item) => item.plain());
    const fields = this.fields();
    if (fields === null) return this.scalar;
    const entries = fields.entries().filter(([, value]) => !value.isAbsent);
    return Object.fromEntries(entries.map(([name, value]) => [name, value.plain()]));
  }

  /** Whoever refuses the value must not show it. */
  asSecret(): Value {
    return new Value({ ...this.#source, secret: true });
  }

  /** Reports what is wrong; `offset` is the character of the text that it is about. */
  wrong(what: string, offset?: number): null {
    this.#source.report(this.#node ?? this.#source.place, this.key, what, offset);
    return null;
  }

  /** Reports that the value is not what is allowed. */
  refuse(allowed: string, hint = ''): null {
    if (this.isAbsent) return this.wrong(`is ${this.key === '' ? 'empty' : 'missing'}; must be ${allowed}`);
    return this.wrong(`must be ${allowed}: value was ${this.#shown()}${hint}`);
  }

  /** Lists and mappings are named only: they may hold secrets, and are long. */
  #shown(): string {
    if (this.#source.secret === true) return '***';
    const { scalar } = this;
    if (scalar === undefined) return isSeq(this.#node) ? 'a list' : 'a mapping';
    const text = typeof scalar === 'string' ? JSON.stringify(withoutCredentials(scalar)) : String(scalar);
    return text.length <= 200 ? text : `${text.slice(0, 200)}...`;
  }
}

/** A mapping that is being read key by key. */
export class Fields {
  readonly #source: Source;
  /** Keys that are written wrong, by what they were likely meant to be. */
  readonly #meant = new Set<string>();
  #good = true;

  constructor(
    private readonly map: YAMLMap,
    source: Source,
  ) {
    const report: Report = (...about) => {
      this.#good = false;
      source.report(...about);
    };
    this.#source = { ...source, report };
  }

  /** False once anything in it was wrong. */
  get good(): boolean {
    return this.#good;
  }

  /** Reports keys that are not among those allowed. */
  only(allowed: readonly string[]): void {
    for (const { key } of this.map.items) {
      const name = nameOf(key);
      if (allowed.includes(name)) continue;
      const meant = closest(name, allowed);
      if (meant !== undefined) this.#meant.add(meant);
      const hint = meant === undefined ? '' : ` did you mean ${JSON.stringify(meant)}?`;
      this.#child(name, key, key).wrong(`unknown key;${hint} allowed: ${allowed.join(', ')}`);
    }
  }

  has(name: string): boolean {
    return !this.at(name).isAbsent;
  }

  /** The value of a key; absent where there is none. */
  at(name: string): Value {
    const pair = this.map.items.find(({ key }) => nameOf(key) === name);
    return this.#child(name, pair?.value, pair?.key ?? this.map);
  }

  entries(): (readonly [name: string, value: Value])[] {
    return this.map.items.map(({ key, value }) => {
      const name = nameOf(key);
      return [name, this.#child(name, value, key)];
    });
  }

  /** Null if it is not there, or wrong; either is reported. */
  required<T>(name: string, reader: Reader<T>): T | null {
    const value = this.at(name);
    // The misspelt key has been reported.
    if (value.isAbsent && this.#meant.has(name)) return null;
    return reader(value);
  }

  /** The fallback if it is not there, and also, so that reading can go on, if it is wrong. */
  optional<T, F>(name: string, reader: Reader<T>, fallback: F): T | F {
    const value = this.at(name);
    return value.isAbsent ? fallback : (reader(value) ?? fallback);
  }

  /** Reports something about a key, at its value or where there is none at the mapping. */
  wrong(name: string, what: string, offset?: number): null {
    return this.at(name).wrong(what, offset);
  }

  #child(name: string, node: unknown, place: unknown): Value {
    return new Value({ ...this.#source, node, key: join(this.#source.key, name), place });
  }
}

/** What somebody likely meant who wrote `name`: at most one mistake in three characters, or more or less of the word. */
export function closest(name: string, candidates: readonly string[]): string | undefined {
  if (name.length > 100 || candidates.length > 1_000) return undefined;
  const maxDistance = Math.max(1, Math.floor(name.length / 3));
  const starts = (one: string) =>
    Math.min(one.length, name.length) >= 3 && (name.startsWith(one) || one.startsWith(name));
  return closestMatch(name, candidates, { maxDistance }) ?? candidates.find(starts);
}

function join(path: string, name: string): string {
  const plain = /^[\w-]+$/.test(name);
  const shown = plain ? name : JSON.stringify(withoutCredentials(name).slice(0, 100));
  if (path === '') return shown;
  return plain ? `${path}.${shown}` : `${path}[${shown}]`;
}

/** A key may be any node; one that is no scalar has no name. */
function nameOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : '?';
}
