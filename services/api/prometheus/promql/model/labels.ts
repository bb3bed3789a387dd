/** The label that holds a metric's name. */
export const METRIC_NAME = '__name__';

type Entry = readonly [name: string, value: string];

const byName = (a: Entry, b: Entry) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);

/** What names a series: labels in order of their names; one with an empty value is the same as none. Immutable. */
export class Labels {
  static readonly NONE = new Labels([]);
  #key: string | null = null;

  private constructor(readonly entries: readonly Entry[]) {}

  static of(values: Iterable<Entry>): Labels {
    const entries = [...values].filter(([, value]) => value !== '').sort(byName);
    return entries.length === 0 ? Labels.NONE : new Labels(entries);
  }

  /** The same for the same labels and for no others. */
  get key(): string {
    this.#key ??= JSON.stringify(this.entries);
    return this.#key;
  }

  /** The value of a label; empty where there is none. */
  get(name: string): string {
    for (const [own, value] of this.entries) if (own === name) return value;
    return '';
  }

  keep(names: ReadonlySet<string>): Labels {
    return Labels.#ordered(this.entries.filter(([name]) => names.has(name)));
  }

  drop(names: ReadonlySet<string>): Labels {
    const entries = this.entries.filter(([name]) => !names.has(name));
    return entries.length === this.entries.length ? this : Labels.#ordered(entries);
  }

  /** With one label set, or taken away by an empty value. */
  set(name: string, value: string): Labels {
    if (this.get(name) === value) return this;
    return Labels.of([...this.entries.filter(([own]) => own !== name), [name, value]]);
  }

  /** As Prometheus writes them in messages. */
  toString(): string {
    const inner = this.entries.filter(([name]) => name !== METRIC_NAME);
    const text = inner.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ');
    return `${this.get(METRIC_NAME)}{${text}}`;
  }

  toJSON(): Record<string, string> {
    return Object.fromEntries(this.entries);
  }

  static #ordered(entries: readonly Entry[]): Labels {
    return entries.length === 0 ? Labels.NONE : new Labels(entries);
  }
}

const NAME_ONLY: ReadonlySet<string> = new Set([METRIC_NAME]);

export const withoutName = (labels: Labels): Labels => labels.drop(NAME_ONLY);

/** Whether a label may be named so in an expression without quotes. */
export const isLabelName = (text: string): boolean => /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(text);

/**
 * Does what is to be done with the labels of a series once, not at every step: the labels of a series are one object
 * for as long as a query runs.
 *
 * @param made called for each series: what is remembered takes memory
 */
export function perSeries<T>(made: () => void, derive: (labels: Labels) => T): (labels: Labels) => T {
  const known = new Map<Labels, T>();
  return (labels) => {
    const found = known.get(labels);
    if (found !== undefined) return found;
    made();
    const derived = derive(labels);
    known.set(labels, derived);
    return derived;
  };
}
