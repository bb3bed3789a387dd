/**
 * PostgreSQL's wire messages as bytes: cutting a stream into whole ones and building the few that
 * the bridge says itself. A message is a type byte and an int32 length that counts itself; the first
 * one of a connection has no type byte.
 */

/** Longest message that is taken; a longer one ends the connection, so that memory stays bounded. */
const MAX_MESSAGE_BYTES = 256 * 1024 * 1024;

/** Cuts what a socket delivers into whole messages; joins the chunks of a long one only once. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #buffered = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
  }

  /** The body of a start-up message (without its length), or null while it is not complete. */
  startup(): Buffer | null {
    return this.#take(0)?.subarray(4) ?? null;
  }

  /** The next whole message with its type byte and length, or null while it is not complete. */
  message(): Buffer | null {
    return this.#take(1);
  }

  #take(typeBytes: number): Buffer | null {
    const header = typeBytes + 4;
    if (this.#buffered < header) return null;
    if ((this.#chunks[0] as Buffer).length < header) this.#join();
    const length = (this.#chunks[0] as Buffer).readInt32BE(typeBytes);
    if (length < 4 || length > MAX_MESSAGE_BYTES) throw new RangeError(`invalid message length ${length}`);
    const size = typeBytes + length;
    if (this.#buffered < size) return null;
    if ((this.#chunks[0] as Buffer).length < size) this.#join();
    const first = this.#chunks[0] as Buffer;
    if (first.length === size) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(size);
    this.#buffered -= size;
    return first.subarray(0, size);
  }

  #join(): void {
    this.#chunks = [Buffer.concat(this.#chunks)];
  }
}

/** A message of the given type; strings in it end with a zero byte. */
export function message(type: string, ...parts: (string | Buffer)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part)),
  );
  const head = Buffer.allocUnsafe(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** An int32 as wire bytes. */
export function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export const SYNC = message('S');
const TERMINATOR = Buffer.from([0]);

/** An ErrorResponse of severity ERROR or FATAL. */
export function errorResponse(severity: 'ERROR' | 'FATAL', sqlState: string, text: string): Buffer {
  return message('E', `S${severity}`, `V${severity}`, `C${sqlState}`, `M${text}`, TERMINATOR);
}

/** A simple Query. */
export function query(sql: string): Buffer {
  return message('Q', sql);
}

/** A ReadyForQuery outside any transaction. */
export const READY = message('Z', Buffer.from('I'));

/** Transaction status as ReadyForQuery reports it: idle, in a transaction, in a failed one. */
export type TransactionStatus = 'I' | 'T' | 'E';

/** What the last ReadyForQuery of an answer says, or null if there is none. */
export function readyStatus(answer: Buffer): TransactionStatus | null {
  let status: TransactionStatus | null = null;
  // Nearly always the last message; only an answer that does not end in one is walked through.
  const end = answer.length - 6;
  if (end >= 0 && answer[end] === 0x5a && answer.readInt32BE(end + 1) === 5) return statusAt(answer, end + 5);
  for (const { type, start } of messagesOf(answer)) if (type === 'Z') status = statusAt(answer, start + 5);
  return status;
}

function statusAt(answer: Buffer, offset: number): TransactionStatus {
  return String.fromCharCode(answer[offset] ?? 0) as TransactionStatus;
}

/** What PGlite reads at a time. */
const PIECE_BYTES = 8_192;

/**
 * Whole messages in parts that PGlite reads to their end. It reads pieces of 8 KiB, and where a message ends with a piece it
 * takes that for the end of all, and drops the messages behind it: a Sync among them, for whose answer the client then waits.
 */
export function* readableParts(bytes: Buffer): Generator<Buffer> {
  let from = 0;
  for (let at = 0; at + 5 <= bytes.length; ) {
    at += bytes.readInt32BE(at + 1) + 1;
    if ((at - from) % PIECE_BYTES !== 0 || at >= bytes.length) continue;
    yield bytes.subarray(from, at);
    from = at;
  }
  yield bytes.subarray(from);
}

/** The messages of a complete answer, in order. */
export function* messagesOf(answer: Buffer): Generator<{ type: string; start: number; body: Buffer }> {
  for (let start = 0; start + 5 <= answer.length; ) {
    const size = answer.readInt32BE(start + 1) + 1;
    const body = answer.subarray(start + 5, start + size);
    yield { type: String.fromCharCode(answer[start] ?? 0), start, body };
    start += size;
  }
}

/** The string that starts at `offset`, and the offset behind its zero byte. */
export function cString(bytes: Buffer, offset: number): [text: string, next: number] {
  const end = bytes.indexOf(0, offset);
  const stop = end < 0 ? bytes.length : end;
  return [bytes.toString('utf8', offset, stop), stop + 1];
}

/** The text of the first ErrorResponse in an answer, or null. */
export function errorText(answer: Buffer): string | null {
  for (const { type, body } of messagesOf(answer)) {
    if (type !== 'E') continue;
    for (let offset = 0; offset < body.length && body[offset] !== 0; ) {
      const [field, next] = cString(body, offset + 1);
      if (body[offset] === 0x4d) return field;
      offset = next;
    }
  }
  return null;
}
