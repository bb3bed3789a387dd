import { isMap, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { TactusError } from '../core/errors.js';
import { listUnder, readText } from './yaml-list.js';
import { placeOf } from './yaml-place.js';

/** A YAML file that people write: collects what is wrong in it, each with file, line and column. */
export class YamlSource {
  readonly root: Node | null;
  readonly #document;
  readonly #lines = new LineCounter();
  readonly #problems: string[] = [];

  /**
   * @param file names the source in error messages
   * @throws TactusError `TACTUS_CONFIG_INVALID` when the text is no YAML
   */
  constructor(
    private readonly text: string,
    private readonly file: string,
  ) {
    this.#document = parseDocument(text, { lineCounter: this.#lines });
    for (const error of this.#document.errors) {
      const { line, col } = this.#lines.linePos(error.pos[0]);
      this.#problems.push(`${file}:${line}:${col}: ${error.message.split('\n')[0] ?? error.code}`);
    }
    this.finish();
    this.root = this.#document.contents;
  }

  report(node: unknown, what: string, offset?: number): void {
    this.#problems.push(`${this.file}:${placeOf(this.text, this.#lines, node, offset)}: ${what}`);
  }

  /** @throws TactusError `TACTUS_CONFIG_INVALID`, one line with all that was reported, if anything was. */
  finish(): void {
    if (this.#problems.length > 0) throw new TactusError('TACTUS_CONFIG_INVALID', this.#problems.join('; '));
  }

  /** As {@link finish}, where there is something for certain. */
  refuse(node: unknown, what: string): never {
    this.report(node, what);
    throw new TactusError('TACTUS_CONFIG_INVALID', this.#problems.join('; '));
  }

  /** What stands in the list that the file has to hold, and nothing else, under a key. */
  list(key: string, of: string): readonly unknown[] {
    const list = listUnder(this.root, key);
    return list?.items ?? this.refuse(this.root, `must hold the one key \`${key}\` with a list of ${of}`);
  }

  valuesOf(node: Node): Record<string, unknown> {
    return node.toJS(this.#document) as Record<string, unknown>;
  }

  /** Tells problems with the keys of a mapping (`labels.team` is one inside another) at their values. */
  complainer(map: YAMLMap, label: string): (key: string, what: string, offset?: number) => void {
    return (key, what, offset) => this.report(nodeOf(map, key), `${label}: ${key}: ${what}`, offset);
  }
}

/** @throws TactusError `TACTUS_CONFIG_INVALID` naming the variable that names the file */
export function readYaml(file: string, variable: string): string {
  return readText(file, (why) => `${variable}: must be a readable YAML file: value was "${file}" (${why})`);
}

function nodeOf(map: YAMLMap, key: string): unknown {
  const [first = key, ...rest] = map.has(key) ? [key] : key.split('.');
  const outer = map.get(first, true);
  const inner = rest.length > 0 && isMap(outer) ? outer.get(rest.join('.'), true) : undefined;
  return inner ?? outer ?? map;
}
