import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import type { FrameReader } from './protocol/frames.js';

const KEEP_ALIVE_DELAY_MS = 60_000;
const CHUNK_BYTES = 65_536;

/** Redirects the bytes that a plain socket reads. */
const redirects = new WeakMap<object, (frames: FrameReader) => void>();

/**
 * Sockets as kafkajs makes them, but without Nagle's algorithm, which would delay a pipelined request until
 * the previous one is acknowledged, up to 40 ms. What a plain socket reads can go straight into response
 * buffers: see {@link readInto}.
 */
export const socketFactory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const named = isIP(host) === 0 ? { servername: host } : {};
  const socket =
    // Undefined without TLS, contrary to kafkajs's types.
    ssl ? connectTls({ host, port, ...named, ...ssl }, onConnect) : plainSocket(host, port, onConnect);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
  return socket;
};

/**
 * From now on `frames` receives what the socket reads, without a buffer, an event and a copy for each
 * 64 KiB; a socket with TLS keeps emitting `data`.
 */
export function readInto(socket: object, frames: FrameReader): void {
  redirects.get(socket)?.(frames);
}

function plainSocket(host: string, port: number, onConnect: () => void): Socket {
  const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  let frames: FrameReader | null = null;
  const callback = (bytes: number, room: Uint8Array): boolean => {
    if (room === chunk || frames === null) {
      socket.emit('data', Buffer.from(chunk.subarray(0, bytes)));
      return true;
    }
    try {
      frames.took(bytes, room);
    } catch (error) {
      socket.destroy(error as Error);
    }
    return true;
  };
  const onread = { buffer: () => frames?.room() ?? chunk, callback };
  const socket = connect({ host, port, onread }, onConnect);
  redirects.set(socket, (given) => {
    frames = given;
  });
  return socket;
}
