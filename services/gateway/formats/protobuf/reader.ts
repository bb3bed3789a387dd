import { PlainVarintReader } from '../../../../shared/core/varint.js';
import { UndecodableError } from '../decoding.js';

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
const FIXED32 = 5;

const NAMES: Readonly<Record<number, string>> = {
  [VARINT]: 'a varint',
  [FIXED64]: '8 bytes',
  [BYTES]: 'a length and bytes',
  [FIXED32]: '4 bytes',
};
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Walks over the fields of Protocol Buffers messages where they lie. A field is skipped as it is read, whatever it is, so
 * that what nobody asks for costs nothing; a message inside is walked over by going back to where it begins. Nothing is
 * taken on trust: a field never reaches beyond the message that it is in.
 */
export class ProtobufReader {
  /** Where the next field begins. */
  at = 0;
  field = 0;
  wire = VARINT;
  /** Bytes of the field's value, without its length. */
  from = 0;
  to = 0;
  /** Of a varint; see {@link PlainVarintReader}. */
  unsigned = 0;
  signed = 0;
  bytes: Buffer = NOTHING;
  view: DataView = new DataView(NOTHING.buffer);
  readonly #varints = new PlainVarintReader();

  use(bytes: Buffer): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#varints.bytes = bytes;
    this.at = 0;
  }

  /**
   * Reads the next field of the message that ends at `end`.
   *
   * @returns false at the end of it
   * @throws UndecodableError
   */
  next(end: number): boolean {
    if (this.at >= end) return false;
    const tag = this.varint(end);
    const field = Math.floor(tag / 8);
    if (field < 1 || field > 0x1fffffff) this.fail('the number of a field is out of range');
    this.field = field;
    this.wire = tag % 8;
    switch (this.wire) {
      case VARINT:
        this.from = this.at;
        this.unsigned = this.varint(end);
        this.signed = this.#varints.signed;
        this.to = this.at;
        break;
      case BYTES: {
        const length = this.varint(end);
        this.#take(length, end);
        break;
      }
      case FIXED64:
        this.#take(8, end);
        break;
      case FIXED32:
        this.#take(4, end);
        break;
      default:
        this.fail(`field ${field} has wire type ${this.wire}, which is none in use`);
    }
    return true;
  }

  /** @throws UndecodableError when the field that was read last is encoded in another way */
  expect(wire: number): void {
    if (this.wire !== wire)
      this.fail(`field ${this.field} is ${NAMES[this.wire]}; it must be ${NAMES[wire]}`);
  }

  /** The number of 64 bits that the field that was read last has. */
  double(): number {
    this.expect(FIXED64);
    return this.view.getFloat64(this.from, true);
  }

  fail(what: string): never {
    throw new UndecodableError(`byte ${this.at}: ${what}`);
  }

  #take(length: number, end: number): void {
    this.from = this.at;
    this.to = this.at + length;
    if (!(this.to <= end))
      this.fail(`field ${this.field} has ${length} bytes, but its message ends ${end - this.at} bytes on`);
    this.at = this.to;
  }

  /** Reads the varint at `at`, which must end before `end`. @throws UndecodableError */
  varint(end: number): number {
    const varints = this.#varints;
    varints.at = this.at;
    const value = varints.next();
    if (Number.isNaN(value)) this.fail('a varint is truncated, or has more than 10 bytes');
    if (varints.at > end) this.fail('a varint reaches beyond its message');
    this.at = varints.at;
    return value;
  }
}
