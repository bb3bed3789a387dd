import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import type { TlsMaterial } from '../../files/tls-files.js';
import type { FrameReader } from './protocol/frames.js';
import { inquireAtEnd } from './security/listener.js';

const KEEP_ALIVE_DELAY_MS = 60_000;
const CHUNK_BYTES = 65_536;

/** Redirects the bytes that a plain socket reads. */
const redirects = new WeakMap<object, (frames: FrameReader) => void>();

/**
 * Sockets as kafkajs makes them, but without Nagle's algorithm, which would delay a pipelined request until
 * the previous one is acknowledged, up to 40 ms. What a plain socket reads can go straight into response
 * buffers: see {@link readInto}.
 *
 * @param tls null for plain ones
 * @param logsIn whether the client logs in by SASL
 */
export function socketFactory(tls: TlsMaterial | null, logsIn = false): ISocketFactory {
  return ({ host, port, onConnect }) => {
    const socket =
      tls === null
        ? plainSocket(host, port, onConnect)
        : connectTls({ host, port, ...tls.options(host) }, onConnect);
    inquireAtEnd(socket, host, port, { tls, logsIn });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
    // Node keeps this for the next connection, which never comes; kafkajs asks for it anew with each failed attempt
    // to reach a broker that is down, also on the connection for fetches, which it has not tried again.
    socket.once('close', () => {
      socket.unref = () => socket;
    });
    return socket;
  };
}

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
