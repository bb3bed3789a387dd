import { UndecodableError } from '../decoding.js';
import { ProtobufWriter } from '../protobuf/writer.js';
import type { Field, Message, Scalar } from './json-messages.js';

/** Messages inside one another, at most; values of attributes may be less deep than that. */
const MAX_DEPTH = 80;
const SHOWN = 64;
const WHOLE = /^-?\d{1,20}$/;
const [TWO_32, TWO_63, TWO_64] = [2n ** 32n, 2n ** 63n, 2n ** 64n];
const HEX = /^(?:[0-9a-fA-F]{2})*$/;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/**
 * Turns OTLP's JSON into its Protocol Buffers, so that both are read in one way and make the same ids. What is not read,
 * known or unknown, is left out.
 */
export class OtlpJson {
  readonly #writer = new ProtobufWriter();
  readonly #path: (string | number)[] = [];

  /**
   * @returns the message in bytes; valid until the next call
   * @throws UndecodableError naming the field, its value and what is allowed
   */
  transcode(value: unknown, message: Message): Buffer {
    this.#path.length = 0;
    this.#writer.begin();
    this.#message(value, message);
    return this.#writer.written;
  }

  #message(value: unknown, message: Message): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.#fail(value, 'an object');
    const path = this.#path;
    if (path.length > MAX_DEPTH) this.#fail(value, `at most ${MAX_DEPTH} values in one another`);
    for (const name in value) {
      const field = message.get(name);
      const given = (value as Record<string, unknown>)[name];
      // Null stands for a field that is not there.
      if (field === undefined || given === null) continue;
      path.push(name);
      if (field.repeated) this.#list(given, field);
      else this.#field(given, field);
      path.pop();
    }
  }

  #list(value: unknown, field: Field): void {
    if (!Array.isArray(value)) this.#fail(value, 'a list');
    for (let i = 0; i < value.length; i++) {
      this.#path.push(i);
      this.#field(value[i], field);
      this.#path.pop();
    }
  }

  #field(value: unknown, { number, type }: Field): void {
    if (typeof type === 'string') this.#scalar(value, number, type);
    else {
      const start = this.#writer.open(number);
      this.#message(value, type);
      this.#writer.close(start);
    }
  }

  #scalar(value: unknown, number: number, type: Scalar): void {
    const writer = this.#writer;
    switch (type) {
      case 'text':
        writer.text(number, this.#text(value));
        break;
      case 'bool':
        if (typeof value !== 'boolean') this.#fail(value, 'true or false');
        writer.varint(number, value ? 1n : 0n);
        break;
      case 'double':
        writer.double(number, this.#double(value));
        break;
      case 'fixed64':
        writer.fixed64(number, this.#whole(value, 0n, TWO_64 - 1n));
        break;
      case 'sfixed64':
        writer.fixed64(number, this.#whole(value, -TWO_63, TWO_63 - 1n));
        break;
      case 'int64':
        writer.varint(number, this.#whole(value, -TWO_63, TWO_63 - 1n));
        break;
      case 'uint32':
        writer.varint(number, this.#whole(value, 0n, TWO_32 - 1n));
        break;
      case 'base64':
        writer.data(number, this.#bytes(value, BASE64, 'base64'));
        break;
      case 'hex':
        writer.data(number, this.#bytes(value, HEX, 'hex'));
    }
  }

  #text(value: unknown): string {
    if (typeof value !== 'string') this.#fail(value, 'text');
    return value;
  }

  #double(value: unknown): number {
    if (typeof value === 'number') return value;
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
    if (Number.isNaN(number) && value !== 'NaN') this.#fail(value, 'a number, NaN, Infinity or -Infinity');
    return number;
  }

  /** Numbers of 64 bits come as text or as numbers, which then have lost what 53 bits do not hold. */
  #whole(value: unknown, least: bigint, most: bigint): bigint {
    const isWhole = typeof value === 'number' ? Number.isInteger(value) : WHOLE.test(String(value));
    if (!isWhole || (typeof value !== 'number' && typeof value !== 'string'))
      this.#fail(value, 'a whole number, as text or as a number');
    const number = BigInt(value);
    if (number < least || number > most) this.#fail(value, `a whole number from ${least} to ${most}`);
    return number;
  }

  #bytes(value: unknown, pattern: RegExp, encoding: 'base64' | 'hex'): Buffer {
    if (typeof value !== 'string' || !pattern.test(value)) this.#fail(value, `bytes in ${encoding}`);
    return Buffer.from(value, encoding);
  }

  #fail(value: unknown, allowed: string): never {
    const place = this.#path.reduce<string>(
      (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}${text && '.'}${part}`),
      '',
    );
    // What is in a list or an object may be much, and deep.
    const isPlain = typeof value !== 'object' || value === null;
    const text = isPlain ? String(JSON.stringify(value)) : Array.isArray(value) ? 'a list' : 'an object';
    const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
    throw new UndecodableError(`${place || 'the body'} is ${shown}; allowed is ${allowed}`);
  }
}
