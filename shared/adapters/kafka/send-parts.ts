import type { InternalBroker, InternalConnection } from './internals.js';
import type { PartsRequest } from './protocol/requests.js';

/** kafkajs keeps one connection per broker for fetches, and this one for all other requests. */
const REQUEST_CONNECTION = 0;
/** A shorter request is copied into one buffer: one short write costs less than several. */
const COPIED_BYTES = 16_384;
/** Size, api key, api version, correlation id, length of the client's id. */
const HEADER_BYTES = 4 + 2 + 2 + 4 + 2;
const SIZE_BYTES = 4;
const NO_TAGS = Buffer.of(0);
const NOTHING = Buffer.alloc(0);

/**
 * Sends a request over kafkajs's connection without assembling its body: kafkajs's encoder copies a body
 * three times, which dominates the cost of large requests. kafkajs's request queue still handles
 * time-outs, broken connections and the order of responses.
 *
 * @param silentMs closes the connection, which fails all its requests, when no answer has come by then
 * @throws what `decode` throws, and kafkajs's errors of connections
 */
export async function sendParts<T>(
  broker: InternalBroker,
  request: PartsRequest<T>,
  silentMs?: number,
): Promise<T> {
  return await sendOver(await broker.connectionPool.getConnection(REQUEST_CONNECTION), request, silentMs);
}

/** As {@link sendParts}, over a connection of one's own choice. */
export async function sendOver<T>(
  connection: InternalConnection,
  request: PartsRequest<T>,
  silentMs?: number,
): Promise<T> {
  // Does nothing without SASL.
  await connection.authenticate();
  const { apiKey, apiVersion, apiName, parts, requestTimeoutMs } = request;
  const correlationId = connection.nextCorrelationId();
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  const header = requestHeader(request, correlationId, connection.clientId, bytes);
  const timer =
    silentMs === undefined ? undefined : setTimeout(() => drop(connection, apiName, silentMs), silentMs);
  const answered = new Promise<{ payload: Buffer }>((resolve, reject) => {
    connection.failIfNotConnected();
    if (connection.requestQueue.inflight.size === 0) forgetResponse(connection);
    connection.requestQueue.push({
      entry: { apiKey, apiName, apiVersion, correlationId, resolve, reject },
      expectResponse: true,
      requestTimeout: requestTimeoutMs,
      sendRequest: () => {
        const { socket } = connection;
        if (bytes < COPIED_BYTES) {
          socket.write(Buffer.concat([header, ...parts]));
          return;
        }
        socket.cork();
        socket.write(header);
        for (const part of parts) socket.write(part);
        socket.uncork();
      },
    });
  });
  try {
    return request.decode((await answered).payload);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * kafkajs keeps what it has received of a response over a new connection, and would take each response there for
 * the rest of it. Where no request is under way, no response is either.
 */
function forgetResponse(connection: InternalConnection): void {
  connection.chunks = [];
  connection.bytesBuffered = 0;
  connection.bytesNeeded = SIZE_BYTES;
}

/** Destroyed first: the end of a socket that kafkajs has replaced would count as the end of the new one. */
function drop(connection: InternalConnection, apiName: string, silentMs: number): void {
  connection.socket.destroy();
  connection.rejectRequests(new Error(`no answer to ${apiName} within ${silentMs} ms`));
  void connection.disconnect();
}

/** Request header version 1, or 2 for flexible requests (Kafka protocol guide), behind the size of the whole. */
export function requestHeader(
  { apiKey, apiVersion, flexible }: PartsRequest<unknown>,
  correlationId: number,
  clientId: string,
  bodyBytes: number,
): Buffer {
  const client = Buffer.from(clientId);
  const tags = flexible ? NO_TAGS : NOTHING;
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32BE(HEADER_BYTES - 4 + client.length + tags.length + bodyBytes, 0);
  header.writeInt16BE(apiKey, 4);
  header.writeInt16BE(apiVersion, 6);
  header.writeInt32BE(correlationId, 8);
  header.writeInt16BE(client.length, 12);
  return Buffer.concat([header, client, tags]);
}
