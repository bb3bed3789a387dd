import { connect, type Socket } from 'node:net';

const BYTE_EVERY_MS = 250;
/** What it says that it will send. */
const ANNOUNCED_BYTES = 16 * 2 ** 20;
const CHUNKS_AT_ONCE = 8_192;
const NO_ANSWER_MS = 60_000;

/** Holds a connection open by sending a byte now and then. */
export class SlowSender {
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  closed = false;

  /** @param key null has it send headers for ever; otherwise they are complete, and a large body follows */
  constructor(port: number, key: string | null) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.on('error', () => undefined).on('data', () => undefined);
    this.#socket.once('close', () => {
      this.closed = true;
      clearInterval(this.#timer);
    });
    this.#socket.write(
      headers(key === null ? 'x-slow: ' : `${keyed(key)}content-length: ${ANNOUNCED_BYTES}\r\n\r\n`),
    );
    this.#timer = setInterval(() => this.#socket.write('a'), BYTE_EVERY_MS);
  }

  /** A body in chunks of one byte each, as quickly as they are taken. @returns the status that it is answered with */
  static async inChunks(port: number, key: string, count: number): Promise<number> {
    const socket = connect(port, '127.0.0.1');
    const chunks = Buffer.from('1\r\na\r\n'.repeat(CHUNKS_AT_ONCE));
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined).setTimeout(NO_ANSWER_MS, () => socket.destroy());
    socket.write(headers(`${keyed(key)}connection: close\r\ntransfer-encoding: chunked\r\n\r\n`));
    for (let sent = 0; sent < count && !socket.destroyed; sent += CHUNKS_AT_ONCE)
      if (!socket.write(chunks)) await drained(socket);
    if (!socket.destroyed) socket.write('0\r\n\r\n');
    await ended;
    return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

async function drained(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    socket.once('drain', resolve).once('close', () => resolve());
  });
}

function headers(rest: string): string {
  return `POST /api/v1/metrics HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\n${rest}`;
}

function keyed(key: string): string {
  return `authorization: Bearer ${key}\r\n`;
}
