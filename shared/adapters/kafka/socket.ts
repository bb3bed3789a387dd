import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import type { FrameReader } from './protocol/frames.js';

const KEEP_ALIVE_DELAY_MS = 60_000;
const CHUNK_BYTES = 65_536;

/** Lead what a plain socket reads elsewhere. */
const leads = new WeakMap<object, (frames: FrameReader) => void>();

/**
 * Connections as kafkajs makes them, but without Nagle's algorithm: a request that follows another
 * one would wait until that is acknowledged, up to 40 ms. And what a plain one reads can be led
 * straight into the buffers of responses, with {@link readInto}.
 */
export const socketFactory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const named = isIP(host) === 0 ? { servername: host } : {};
  const socket =
    // Without TLS kafkajs hands in none, whatever its types say.
    ssl ? connectTls({ host, port, ...named, ...ssl }, onConnect) : plainSocket(host, port, onConnect);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
  return socket;
};

/**
 * From now on `frames` gets what the socket reads, without a buffer, an event and a copy for each
 * 64 KiB; a socket with TLS goes on emitting `data`.
 */
export function readInto(socket: object, frames: FrameReader): void {
  leads.get(socket)?.(frames);
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
  leads.set(socket, (given) => {
    frames = given;
  });
  return socket;
}
