import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { int32, message, messagesOf } from '../../../../services/up/embedded/bridge-frames.js';

/** A PostgreSQL client that sends exactly the messages it is given: for what `pg` never does. */
export class WireClient {
  #received = Buffer.alloc(0);

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      socket.emit('more');
    });
    socket.on('error', () => socket.emit('more'));
    socket.on('close', () => socket.emit('more'));
  }

  static async open(port: number, parameters: Record<string, string> = {}): Promise<WireClient> {
    const client = new WireClient(connect(port, '127.0.0.1'));
    await once(client.socket, 'connect');
    const body = Buffer.concat([
      int32(196_608),
      ...Object.entries({ user: 'test', ...parameters }).map(([k, v]) => Buffer.from(`${k}\0${v}\0`)),
      Buffer.from([0]),
    ]);
    client.socket.write(Buffer.concat([int32(body.length + 4), body]));
    return client;
  }

  send(...messages: Buffer[]): void {
    this.socket.write(Buffer.concat(messages));
  }

  /** The types of the messages up to and including the first of `until`, notices left out. */
  async types(until = 'Z'): Promise<string> {
    return (await this.answer(until)).map(({ type }) => type.replace('N', '')).join('');
  }

  async answer(until = 'Z'): Promise<{ type: string; body: Buffer }[]> {
    for (;;) {
      const messages = [...messagesOf(this.#received)].filter(
        ({ start, body }) => start + 5 + body.length <= this.#received.length,
      );
      const last = messages.findIndex(({ type }) => type === until);
      const end = messages[last];
      const complete =
        end !== undefined && this.#received.length >= end.start + 1 + sizeAt(this.#received, end.start);
      if (complete) {
        this.#received = this.#received.subarray(end.start + 1 + sizeAt(this.#received, end.start));
        return messages.slice(0, last + 1);
      }
      if (this.socket.destroyed) throw new Error('the connection is closed');
      await once(this.socket, 'more', { signal: AbortSignal.timeout(10_000) });
    }
  }

  close(): void {
    this.socket.end(message('X'));
  }
}

function sizeAt(bytes: Buffer, offset: number): number {
  return bytes.readInt32BE(offset + 1);
}

export const parse = (name: string, sql: string) => message('P', name, sql, Buffer.alloc(2));
export const bind = (statement: string) => message('B', '', statement, Buffer.alloc(6));
export const execute = () => message('E', '', int32(0));
