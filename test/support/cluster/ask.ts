import { connect } from 'node:net';
import type { EmbeddedServer } from '../../../services/up/embedded/stack.js';
import type { PartsRequest } from '../../../shared/adapters/kafka/protocol/requests.js';
import { requestHeader } from '../../../shared/adapters/kafka/send-parts.js';

const SIZE_BYTES = 4;
const CORRELATION_ID = 1;
const CORRELATION_ID_BYTES = 4;

/**
 * One request to one broker over a connection of its own: it waits for no other request, and no client's idea of the
 * cluster has a part in it.
 *
 * @param ms without an answer, the broker counts as one that does not answer
 */
export async function askBroker<T>(
  { host, port }: Pick<EmbeddedServer, 'host' | 'port'>,
  request: PartsRequest<T>,
  ms = 2_000,
): Promise<T> {
  const body = Buffer.concat([...request.parts]);
  const header = requestHeader(request, CORRELATION_ID, 'test', body.length);
  const socket = connect(port, host, () => socket.write(Buffer.concat([header, body])));
  const timer = setTimeout(
    () => socket.destroy(new Error(`no answer to ${request.apiName} within ${ms} ms`)),
    ms,
  );
  try {
    let received = Buffer.alloc(0);
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer]);
      if (received.length >= SIZE_BYTES && received.length >= SIZE_BYTES + received.readInt32BE(0))
        return request.decode(received.subarray(SIZE_BYTES + CORRELATION_ID_BYTES));
    }
    throw new Error(`the connection was closed before there was an answer to ${request.apiName}`);
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
