import { unsignedAt, unsignedSize, writeUnsigned } from '../../../core/varint.js';

/*
 * Primitive types of "flexible" request versions (KIP-482): lengths are unsigned varints of the length plus
 * one, 0 meaning null, and each structure ends with its tagged fields.
 */

const START_BYTES = 256;
const UUID_BYTES = 16;
const NO_UUID = Buffer.alloc(UUID_BYTES);
const NOTHING = Buffer.alloc(0);

/** Builds the body of a request. */
export class FlexibleWriter {
  #bytes = Buffer.allocUnsafe(START_BYTES);
  #at = 0;

  int8(value: number): this {
    const at = this.#room(1);
    this.#bytes.writeInt8(value, at);
    return this;
  }

  int16(value: number): this {
    const at = this.#room(2);
    this.#bytes.writeInt16BE(value, at);
    return this;
  }

  int32(value: number): this {
    const at = this.#room(4);
    this.#bytes.writeInt32BE(value, at);
    return this;
  }

  int64(value: bigint): this {
    const at = this.#room(8);
    this.#bytes.writeBigInt64BE(value, at);
    return this;
  }

  boolean(value: boolean): this {
    const at = this.#room(1);
    this.#bytes[at] = value ? 1 : 0;
    return this;
  }

  /** @param value in base64url, as Kafka writes ids as text; null for none */
  uuid(value: string | null): this {
    const at = this.#room(UUID_BYTES);
    this.#bytes.fill(0, at, at + UUID_BYTES);
    if (value !== null) this.#bytes.write(value, at, 'base64url');
    return this;
  }

  /** Up to 32 bits. */
  unsignedVarint(value: number): this {
    const at = this.#room(unsignedSize(value));
    writeUnsigned(this.#bytes, at, value);
    return this;
  }

  compactString(value: string | null): this {
    if (value === null) return this.unsignedVarint(0);
    const length = Buffer.byteLength(value);
    this.unsignedVarint(length + 1);
    const at = this.#room(length);
    this.#bytes.write(value, at);
    return this;
  }

  /** The length of bytes that are sent behind what is written so far. */
  compactBytesLength(length: number): this {
    return this.unsignedVarint(length + 1);
  }

  compactArray<T>(items: readonly T[], write: (item: T) => void): this {
    this.unsignedVarint(items.length + 1);
    for (const item of items) write(item);
    return this;
  }

  noTags(): this {
    return this.unsignedVarint(0);
  }

  /** What was written since the last call. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#at);
    this.#bytes = this.#bytes.subarray(this.#at);
    this.#at = 0;
    return taken;
  }

  #room(more: number): number {
    const at = this.#at;
    if (at + more > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(START_BYTES, this.#bytes.length * 2, at + more));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    this.#at = at + more;
    return at;
  }
}

/** Reads the body of a response; throws RangeError where the bytes end too early. */
export class FlexibleReader {
  constructor(
    private readonly bytes: Buffer,
    private at = 0,
  ) {}

  int16(): number {
    this.at += 2;
    return this.bytes.readInt16BE(this.at - 2);
  }

  int32(): number {
    this.at += 4;
    return this.bytes.readInt32BE(this.at - 4);
  }

  int64(): bigint {
    this.at += 8;
    return this.bytes.readBigInt64BE(this.at - 8);
  }

  boolean(): boolean {
    this.at += 1;
    return this.bytes.readInt8(this.at - 1) !== 0;
  }

  /** As {@link FlexibleWriter.uuid} takes it. */
  uuid(): string | null {
    this.skip(UUID_BYTES);
    const id = this.bytes.subarray(this.at - UUID_BYTES, this.at);
    return id.equals(NO_UUID) ? null : id.toString('base64url');
  }

  /** A view of the bytes; empty for null. */
  compactBytes(): Buffer {
    const length = this.unsignedVarint() - 1;
    if (length <= 0) return NOTHING;
    this.skip(length);
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** Up to 32 bits. */
  unsignedVarint(): number {
    const value = unsignedAt(this.bytes, this.at);
    if (Number.isNaN(value))
      throw new RangeError('an unsigned varint that is truncated, or has more than 5 bytes');
    while ((this.bytes[this.at++] as number) >= 0x80);
    return value;
  }

  compactString(): string | null {
    const length = this.unsignedVarint() - 1;
    if (length < 0) return null;
    this.skip(length);
    return this.bytes.toString('utf8', this.at - length, this.at);
  }

  /** Empty for null. */
  compactArray<T>(read: () => T): T[] {
    const items: T[] = [];
    for (let left = this.unsignedVarint() - 1; left > 0; left--) items.push(read());
    return items;
  }

  /** Reads the tagged fields that `known` has a reader for, and skips the others. */
  tags(known: Readonly<Record<number, (field: FlexibleReader) => void>> = {}): void {
    for (let left = this.unsignedVarint(); left > 0; left--) {
      const tag = this.unsignedVarint();
      const size = this.unsignedVarint();
      known[tag]?.(new FlexibleReader(this.bytes, this.at));
      this.skip(size);
    }
  }

  private skip(length: number): void {
    this.at += length;
    if (this.at > this.bytes.length) throw new RangeError('a response that ends too early');
  }
}
