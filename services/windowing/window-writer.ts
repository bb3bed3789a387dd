import type { Millis } from '../../shared/core/clock.js';
import { COUNT, FIRST, LAST, MAX, MIN, stddevOf, sumOf } from '../../shared/windows/cells.js';
import type { Series } from '../../shared/windows/series.js';

const CHUNK_BYTES = 65_536;
/** Header, six longs and seven doubles, the marker for no quantiles. */
const FIXED_BYTES = 5 + 6 * 10 + 7 * 8 + 1;

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
  /** By series object, which lives as long as the series does. */
  readonly #heads = new WeakMap<Series, Map<string, Buffer>>();

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
  ): Buffer {
    const head = this.#headOf(series, window);
    const most = head.length + FIXED_BYTES;
    if (this.#at + most > this.#chunk.length) {
      this.#chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, most));
      this.#at = 0;
    }
    const begin = this.#at;
    this.#at += head.copy(this.#chunk, this.#at);
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
    this.#chunk[this.#at++] = 0; // quantiles: the union's first branch, null
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

  /** Magic byte, schema id, tenantId, metric, tags and window: the same for all windows of a series. */
  #headOf(series: Series, window: string): Buffer {
    let heads = this.#heads.get(series);
    if (heads === undefined) {
      heads = new Map();
      this.#heads.set(series, heads);
    }
    let head = heads.get(window);
    if (head === undefined) {
      const header = Buffer.alloc(5);
      header.writeInt32BE(this.schemaId, 1);
      const tags = Object.entries(series.tags);
      head = Buffer.concat([
        header,
        text(series.tenantId),
        text(series.metric),
        ...(tags.length > 0 ? [varint(tags.length)] : []),
        ...tags.flatMap(([name, value]) => [text(name), text(value)]),
        varint(0),
        text(window),
      ]);
      heads.set(window, head);
    }
    return head;
  }
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
