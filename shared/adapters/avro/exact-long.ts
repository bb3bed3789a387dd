import avsc from 'avsc';

/** avsc's cursor over the bytes, as far as it is needed here. */
interface Tap {
  readonly buf: Buffer;
  pos: number;
}

/**
 * Avro's `long` as a number, exact for +-(2^53 - 1) and refused beyond. avsc's own goes through a
 * zig-zag number of up to 2^54 in floating point and silently changes odd values below -2^52. Its
 * documented way to bring another one (`LongType.__with`) costs a buffer per number and most of the
 * speed, so the three methods are replaced that a type reads, writes and checks with; the version
 * of avsc is pinned, and the property tests go through all of it.
 *
 * Sign and magnitude are taken apart before anything is added up, so that 53 bits are enough.
 */
class ExactLong extends avsc.types.LongType {
  protected _read(tap: Tap): number {
    const { buf } = tap;
    let byte = buf[tap.pos++] as number;
    const negative = byte & 1;
    let magnitude = (byte & 0x7f) >> 1;
    let scale = 64;
    while (byte & 0x80) {
      byte = buf[tap.pos++] as number;
      magnitude += (byte & 0x7f) * scale;
      scale *= 128;
    }
    const value = negative ? -magnitude - 1 : magnitude;
    if (!Number.isSafeInteger(value)) throw new Error('a long beyond 2^53 - 1, which a number cannot hold');
    return value;
  }

  protected _write(tap: Tap, value: unknown): void {
    if (!Number.isSafeInteger(value)) throw new Error(`${String(value)} is no whole number within 2^53 - 1`);
    const number = value as number;
    const { buf } = tap;
    let rest = number < 0 ? -(number + 1) : number;
    let byte = ((rest % 64) << 1) | (number < 0 ? 1 : 0);
    rest = Math.floor(rest / 64);
    while (rest > 0) {
      buf[tap.pos++] = byte | 0x80;
      byte = rest % 128;
      rest = Math.floor(rest / 128);
    }
    buf[tap.pos++] = byte;
  }

  protected _check(
    value: unknown,
    _flags: unknown,
    hook?: (value: unknown, type: avsc.Type) => void,
  ): boolean {
    const good = Number.isSafeInteger(value);
    if (!good) hook?.(value, this);
    return good;
  }
}

/** One for all schemas: it has no state. */
export const EXACT_LONG: avsc.types.LongType = new ExactLong();
