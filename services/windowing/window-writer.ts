import type { Millis } from '../../shared/core/clock.js';
import { COUNT, FIRST, LAST, MAX, MIN, stddevOf, sumOf } from '../../shared/windows/cells.js';
import type { Quantiles } from '../../shared/windows/engine.js';
import type { Series } from '../../shared/windows/series.js';

const CHUNK_BYTES = 65_536;
const HEADER_BYTES = 5;
/** Header, five longs and seven doubles. */
const FIXED_BYTES = HEADER_BYTES + 5 * 10 + 7 * 8;
/** The union's first branch, null. */
const NO_QUANTILES = Buffer.from([0]);

/**
 * Writes WindowAggregates in Confluent wire format straight from the aggregates' numbers.
 *
 * Windows are most of what the worker writes, and going through objects and a general encoder
 * costs several times as much; a test holds the bytes against that encoder. Identities are
 * encoded once per series and definition.
 */
export class WindowWriter {
  #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #at = 0;
  /** By name: definitions are few. */
  readonly #names = new Map<string, Buffer>();

  constructor(private readonly schemaId: number) {}

  write(
    window: string,
    series: Series,
    start: Millis,
    end: Millis,
    watermark: Millis,
    emittedAt: Millis,
    cells: Float64Array,
    row: number,
    quantiles: Quantiles,
  ): Buffer {
    const identity = series.encoded ?? identityOf(series);
    const name = this.#nameOf(window);
    const estimates = quantiles === null ? NO_QUANTILES : quantileMap(quantiles);
    const most = identity.length + name.length + estimates.length + FIXED_BYTES;
    if (this.#at + most > this.#chunk.length) {
      this.#chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, most));
      this.#at = 0;
    }
    const begin = this.#at;
    this.#chunk[this.#at] = 0;
    this.#chunk.writeInt32BE(this.schemaId, this.#at + 1);
    this.#at += HEADER_BYTES;
    this.#at += identity.copy(this.#chunk, this.#at);
    this.#at += name.copy(this.#chunk, this.#at);
    this.#long(start);
    this.#long(end);
    const count = cells[row + COUNT] as number;
    this.#long(count);
    const sum = sumOf(cells, row);
    this.#double(sum);
    this.#double(cells[row + MIN] as number);
    this.#double(cells[row + MAX] as number);
    this.#double(sum / count);
    this.#double(stddevOf(cells, row));
    this.#double(cells[row + FIRST] as number);
    this.#double(cells[row + LAST] as number);
    this.#at += estimates.copy(this.#chunk, this.#at);
    this.#long(watermark);
    this.#long(emittedAt);
    return this.#chunk.subarray(begin, this.#at);
  }

  #double(value: number): void {
    this.#at = this.#chunk.writeDoubleLE(value, this.#at);
  }

  /** Zigzag varint of a whole number up to 2^52. */
  #long(value: number): void {
    let left = value >= 0 ? value * 2 : -value * 2 - 1;
    while (left >= 0x80) {
      this.#chunk[this.#at++] = (left % 0x80) | 0x80;
      left = Math.floor(left / 0x80);
    }
    this.#chunk[this.#at++] = left;
  }

  #nameOf(window: string): Buffer {
    let name = this.#names.get(window);
    if (name === undefined) {
      name = text(window);
      this.#names.set(window, name);
    }
    return name;
  }
}

/** tenantId, metric and tags as the schema has them. */
function identityOf({ tenantId, metric, tags }: Series): Buffer {
  const entries = Object.entries(tags);
  return Buffer.concat([
    text(tenantId),
    text(metric),
    ...(entries.length > 0 ? [varint(entries.length)] : []),
    ...entries.flatMap(([name, value]) => [text(name), text(value)]),
    varint(0),
  ]);
}

/** The union's second branch, a map of doubles. */
function quantileMap(quantiles: Readonly<Record<string, number>>): Buffer {
  const entries = Object.entries(quantiles).map(([name, value]) => {
    const double = Buffer.alloc(8);
    double.writeDoubleLE(value);
    return Buffer.concat([text(name), double]);
  });
  const count = entries.length > 0 ? [varint(entries.length)] : [];
  return Buffer.concat([varint(1), ...count, ...entries, varint(0)]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(bytes.length), bytes]);
}

/** Zigzag varint of a small count. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value * 2;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  return Buffer.from([...bytes, left]);
}
