import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

const SASL_HANDSHAKE = 17;
const SASL_AUTHENTICATE = 36;
const ILLEGAL_SASL_STATE = 34;
/** KIP-368. */
const MIN_RENEWAL_MS = 1_000;

/** A listener that wants a login and ends sessions as a broker does, for tests that have no time for a real one. */
export class FakeListener {
  /** Logins on each connection. */
  readonly logins: number[] = [];
  readonly #server: Server;

  constructor(private readonly sessionMs: number) {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
  }

  #serve(socket: Socket): void {
    const connection = this.logins.push(0) - 1;
    let loggedInAt = Number.NEGATIVE_INFINITY;
    let read = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      read = Buffer.concat([read, bytes]);
      while (read.length >= 4 && read.length >= 4 + read.readInt32BE(0)) {
        const request = read.subarray(0, 4 + read.readInt32BE(0));
        read = read.subarray(request.length);
        const answer = (...parts: Buffer[]) => socket.write(response(request.subarray(8, 12), parts));
        const sessionAge = performance.now() - loggedInAt;
        const key = request.readInt16BE(4);
        if (key === SASL_HANDSHAKE)
          answer(int16(sessionAge < MIN_RENEWAL_MS ? ILLEGAL_SASL_STATE : 0), int32(1), text('PLAIN'));
        else if (key === SASL_AUTHENTICATE) {
          loggedInAt = performance.now();
          (this.logins[connection] as number) += 1;
          answer(int16(0), int16(-1), int32(0), int64(this.sessionMs));
        } else if (sessionAge > this.sessionMs) socket.destroy();
        else answer(Buffer.from('ok'));
      }
    });
  }
}

function response(correlationId: Buffer, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat([correlationId, ...parts]);
  return Buffer.concat([int32(body.length), body]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([int16(value.length), Buffer.from(value)]);
}
