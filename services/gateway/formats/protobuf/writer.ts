import { writeBigVarint, writePadded } from '../../../../shared/core/varint.js';
import { BYTES, FIXED64, VARINT } from './reader.js';

const START_BYTES = 65_536;
/** A buffer that has grown beyond is given up. */
const KEPT_BYTES = 1_048_576;
/** Lengths of messages are known when these are written: four bytes are kept free, which 28 bits fit in. */
const LENGTH_BYTES = 4;
const MAX_LENGTH = 2 ** 28 - 1;
/** Tag and number of a field, at most. */
const FIELD_BYTES = 15;

/** Writes Protocol Buffers messages; numbers of fields are below 16. */
export class ProtobufWriter {
  #bytes = Buffer.alloc(START_BYTES);
  #at = 0;

  begin(): void {
    this.#at = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.alloc(START_BYTES);
  }

  /** What was written since `begin`; valid until the next one. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Of up to 64 bits; negative numbers as two's complement. */
  varint(field: number, value: bigint): void {
    this.#room(FIELD_BYTES);
    this.#tag(field, VARINT);
    this.#at = writeBigVarint(this.#bytes, this.#at, value);
  }

  double(field: number, value: number): void {
    this.#room(FIELD_BYTES);
    this.#tag(field, FIXED64);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  fixed64(field: number, value: bigint): void {
    this.#room(FIELD_BYTES);
    this.#tag(field, FIXED64);
    this.#at = this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, value), this.#at);
  }

  text(field: number, text: string): void {
    this.#room(FIELD_BYTES + 3 * text.length);
    const start = this.open(field);
    this.#at += this.#bytes.write(text, this.#at);
    this.close(start);
  }

  data(field: number, data: Buffer): void {
    this.#room(FIELD_BYTES + data.length);
    const start = this.open(field);
    this.#at += data.copy(this.#bytes, this.#at);
    this.close(start);
  }

  /** Begins a message inside, which `close` ends with what this returns. */
  open(field: number): number {
    this.#room(FIELD_BYTES);
    this.#tag(field, BYTES);
    this.#at += LENGTH_BYTES;
    return this.#at;
  }

  /** @throws RangeError for a message of 256 MiB or more */
  close(start: number): void {
    const length = this.#at - start;
    if (length > MAX_LENGTH) throw new RangeError(`a message of ${length} bytes`);
    writePadded(this.#bytes, start - LENGTH_BYTES, length, LENGTH_BYTES);
  }

  #tag(field: number, wire: number): void {
    this.#bytes[this.#at++] = field * 8 + wire;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.alloc(Math.max(2 * this.#bytes.length, this.#at + bytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}
