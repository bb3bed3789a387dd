import { readFileSync } from 'node:fs';
import { isMap, isSeq, LineCounter, type Node, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';
import { messageOf, TactusError } from '../core/errors.js';

/**
 * Reads a file that people write.
 *
 * @param refused what to say, given why it cannot be read
 * @throws TactusError `TACTUS_CONFIG_INVALID`
 */
export function readText(path: string, refused: (why: string) => string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new TactusError('TACTUS_CONFIG_INVALID', refused(messageOf(error)));
  }
}

/** As {@link readText}, of a file that a variable names. */
export function readNamed(variable: string, path: string): string {
  return readText(path, (why) => `${variable}: must be a readable file: ${why}`);
}

/** The list under a key that is the only one of a document; null for anything else. */
export function listUnder(root: Node | null, key: string): YAMLSeq<Node | null> | null {
  const list: unknown = isMap(root) && root.items.length === 1 ? root.get(key, true) : null;
  return isSeq<Node | null>(list) ? list : null;
}

export interface ListFormat<T> {
  /** The one key of the file. */
  readonly key: string;
  /** What it must hold, in words: `a list of rules`. */
  readonly holds: string;
  /** What each of the list must be, in words, when it is no mapping. */
  readonly each: string;
  /** What to say of an empty list, where that is wrong. */
  readonly empty?: string;
  readonly read: (entry: YamlEntry) => T;
}

/**
 * Reads a YAML file of one key with a list of mappings. The first thing that is wrong ends it.
 *
 * @param source names the file in error messages
 * @throws TactusError `TACTUS_CONFIG_INVALID` naming file, line, key, value and what is allowed
 */
export function readList<T>(text: string, source: string, format: ListFormat<T>): T[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const fail = (node: Node | null, problem: string): never => {
    const line = node?.range ? `:${lines.linePos(node.range[0]).line}` : '';
    throw new TactusError('TACTUS_CONFIG_INVALID', `${source}${line}: ${problem}`);
  };
  if (document.errors[0] !== undefined) fail(null, document.errors[0].message);
  const root = document.contents;
  const list = listUnder(root, format.key);
  if (list === null) return fail(root, `must be one key "${format.key}" with ${format.holds}`);
  if (list.items.length === 0 && format.empty !== undefined) fail(list, `${format.key}: ${format.empty}`);
  return list.items.map((item) =>
    isMap(item) ? format.read(new YamlEntry(item, item.toJS(document), fail)) : fail(item, format.each),
  );
}

/** A mapping of such a list. What it refuses is told at the value, or at the mapping where there is none. */
export class YamlEntry {
  constructor(
    private readonly map: YAMLMap,
    private readonly values: Readonly<Record<string, unknown>>,
    private readonly fail: (node: Node | null, problem: string) => never,
  ) {}

  has(key: string): boolean {
    return this.map.has(key);
  }

  /** The value of a key, in plain objects; undefined where there is none. */
  get(key: string): unknown {
    return this.values[key];
  }

  text(key: string, byDefault?: string): string {
    const value = this.get(key) ?? byDefault;
    return typeof value === 'string' && value !== '' ? value : this.refuse(key, 'text');
  }

  onlyKeys(allowed: readonly string[]): void {
    for (const { key } of this.map.items)
      if (!allowed.includes(String(key)))
        this.fail(key as Node, `${String(key)}: unknown key; allowed are ${allowed.join(', ')}`);
  }

  refuse(key: string, allowed: string): never {
    const node = this.map.get(key, true) as Node | undefined;
    return this.fail(
      node ?? this.map,
      `${key}: must be ${allowed}; it is ${JSON.stringify(this.get(key) ?? null)}`,
    );
  }

  /** Refuses the mapping as a whole. */
  refuseAll(problem: string): never {
    return this.fail(this.map, problem);
  }
}
