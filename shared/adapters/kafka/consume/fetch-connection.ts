import type { InternalBroker, InternalConnection } from '../internals.js';
import type { FrameBuffers } from '../protocol/frame-buffers.js';
import { FrameReader } from '../protocol/frames.js';
import { readInto } from '../socket.js';

const CORRELATION_ID_BYTES = 4;
/** kafkajs keeps one connection per broker for fetches, and another for all other requests. */
const FETCH_CONNECTION = 1;

const patched = new WeakSet<InternalConnection>();

/**
 * The broker's connection for fetches, read by {@link FrameReader}: kafkajs collects the chunks of a response
 * and concatenates them, which dominates the cost of large responses. kafkajs still handles the SASL
 * handshake.
 */
export async function fetchConnection(
  broker: InternalBroker,
  buffers: FrameBuffers,
): Promise<InternalConnection> {
  const connection = await broker.connectionPool.getConnection(FETCH_CONNECTION);
  if (!patched.has(connection)) {
    patched.add(connection);
    readFrames(connection, buffers);
  }
  return connection;
}

function readFrames(connection: InternalConnection, buffers: FrameBuffers): void {
  const reader = () => new FrameReader(fulfill, undefined, undefined, buffers);
  const original = connection.processData;
  const fulfill = (frame: Buffer) =>
    connection.requestQueue.fulfillRequest({
      size: frame.length,
      correlationId: frame.readInt32BE(0),
      payload: frame.subarray(CORRELATION_ID_BYTES),
    });
  let socket: object | null = null;
  let frames = reader();
  connection.processData = (chunk) => {
    if (connection.authHandlers !== null) return original.call(connection, chunk);
    if (connection.socket !== socket) {
      // Reconnected: the rest of a partial response will not come.
      socket = connection.socket;
      frames = reader();
      readInto(socket, frames);
    }
    try {
      frames.push(chunk);
    } catch (error) {
      connection.rejectRequests(error as Error);
      void connection.disconnect();
    }
  };
}
