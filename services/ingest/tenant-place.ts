import { afterLength, lengthAt } from '../../shared/core/varint.js';
import { HEADER_BYTES, hasHeader } from '../../shared/wire/confluent-header.js';

/** 256 characters have no more. */
const MAX_BYTES = 1_024;

/**
 * Finds the tenant of a value where it lies, without reading the rest: in every version of the schemas it is among the
 * first texts. Of bytes that are no such value it may find anything, or nothing.
 */
export class TenantPlace {
  start = 0;
  end = 0;

  /** @param before how many texts there are in front of it: none in points, the id in events */
  constructor(readonly before: number) {}

  /** Looks at the value of `size` bytes at `from`. */
  find(bytes: Buffer, from: number, size: number): boolean {
    if (!hasHeader(bytes, from, size)) return false;
    const end = from + size;
    let at = from + HEADER_BYTES;
    for (let skipped = 0; at < end; skipped++) {
      const length = lengthAt(bytes, at);
      const start = afterLength(at, length);
      at = start + length;
      if (length < 0 || at > end) return false;
      if (skipped < this.before) continue;
      this.start = start;
      this.end = at;
      return length > 0 && length <= MAX_BYTES;
    }
    return false;
  }
}
