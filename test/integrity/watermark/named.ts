const HEADER = 'tactus-time';
const VERSION = 1;

/** A record of `metrics` as far as it may carry a time note. */
export interface Noted {
  readonly partition: number;
  readonly appendedAt: number;
  readonly headers: readonly { readonly key: string; readonly value: Buffer }[];
}

/**
 * From when on the time notes in `metrics` name each partition of `ingest.metrics`, for each partition of
 * `metrics`. Reads only how many partitions the input has, by the format that `shared/wire` documents.
 */
export class NamedPartitions {
  readonly #since = new Map<string, number>();
  /** Of each partition of `metrics`, how many are named. */
  readonly #counts = new Map<number, number>();

  /** The records of a partition are to be given in their order. */
  observe({ partition, appendedAt, headers }: Noted): void {
    const last = headers.at(-1);
    if (last?.key !== HEADER) return;
    const named = this.#counts.get(partition) ?? 0;
    const count = inputPartitions(last.value);
    if (count <= named) return;
    for (let input = named; input < count; input++) this.#since.set(`${partition}/${input}`, appendedAt);
    this.#counts.set(partition, count);
  }

  /** Infinite for a partition that never is. */
  since(partition: number, input: number): number {
    return this.#since.get(`${partition}/${input}`) ?? Number.POSITIVE_INFINITY;
  }

  /** True when every partition of `metrics` that has notes names it. */
  has(input: number): boolean {
    return this.#counts.size > 0 && [...this.#counts.values()].every((count) => count > input);
  }
}

/** How many partitions a note says that the input has; 0 for a marker, another version or another stage's note. */
export function inputPartitions(value: Buffer): number {
  if (value[0] !== VERSION || value.length === 1) return 0;
  let at = 1;
  // Zigzag: what is not negative is twice itself.
  const number = () => {
    let result = 0;
    for (let shift = 1; at < value.length; shift *= 128) {
      const byte = value[at++] as number;
      result += (byte & 127) * shift;
      if (byte < 128) break;
    }
    return result / 2;
  };
  const text = () => {
    const length = number();
    at += length;
    return value.toString('utf8', at - length, at);
  };
  const [stage, topic] = [text(), text()];
  return stage === 'ingest' && topic === 'ingest.metrics' ? number() : 0;
}
