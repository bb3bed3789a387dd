import type { InternalBroker, InternalConnection } from '../internals.js';
import type { FrameBuffers } from '../protocol/frame-buffers.js';
import { FrameReader } from '../protocol/frames.js';
import { readInto } from '../socket.js';

const CORRELATION_ID_BYTES = 4;
/** kafkajs keeps one connection of each broker for fetches, and another for all else. */
const FETCH_CONNECTION = 1;

const ours = new WeakSet<InternalConnection>();

/**
 * The broker's connection for fetches, read by {@link FrameReader}: kafkajs holds all chunks of a
 * response and joins them at its end, which for megabytes is most of what its connection costs.
 * What belongs to the hand-shake of SASL is still kafkajs's.
 */
export async function fetchConnection(
  broker: InternalBroker,
  buffers: FrameBuffers,
): Promise<InternalConnection> {
  const connection = await broker.connectionPool.getConnection(FETCH_CONNECTION);
  if (!ours.has(connection)) {
    ours.add(connection);
    readFrames(connection, buffers);
  }
  return connection;
}

function readFrames(connection: InternalConnection, buffers: FrameBuffers): void {
  const reader = () => new FrameReader(answer, undefined, undefined, buffers);
  const byKafkajs = connection.processData;
  const answer = (frame: Buffer) =>
    connection.requestQueue.fulfillRequest({
      size: frame.length,
      correlationId: frame.readInt32BE(0),
      payload: frame.subarray(CORRELATION_ID_BYTES),
    });
  let socket: object | null = null;
  let frames = reader();
  connection.processData = (chunk) => {
    if (connection.authHandlers !== null) return byKafkajs.call(connection, chunk);
    if (connection.socket !== socket) {
      // Connected anew: the rest of an answer will not come.
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
