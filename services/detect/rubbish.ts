/** What is odd about a row; each keeps its row. */
type RubbishKind = 'value' | 'fields' | 'time' | 'order';

const SAID: Readonly<Record<RubbishKind, string>> = {
  value: 'with a value that is no finite number, taken as missing',
  fields: 'with more fields than the first, whose value is taken as missing (quote a value with commas)',
  time: 'with a timestamp that cannot be read, scored at the time of the row before',
  order: 'with a timestamp before that of the row above, scored in the order given',
};
/** Characters of a field that are printed. */
const SHOWN = 40;

interface Seen {
  count: number;
  readonly line: number;
  readonly text: string;
}

/** Counts odd rows by kind, with the first of each. */
export class Rubbish {
  readonly #seen = new Map<RubbishKind, Seen>();

  add(kind: RubbishKind, line: number, text: string): void {
    const seen = this.#seen.get(kind);
    if (seen === undefined) this.#seen.set(kind, { count: 1, line, text: text.slice(0, SHOWN) });
    else seen.count++;
  }

  /** A line for each kind: "2 rows with a value that ...; the first is line 7: \"abc\"". */
  lines(): string[] {
    return [...this.#seen].map(
      ([kind, { count, line, text }]) =>
        `${count} ${count === 1 ? 'row' : 'rows'} ${SAID[kind]}; the first is line ${line}: ${JSON.stringify(text)}`,
    );
  }
}
