import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { HttpProblem, problemOf } from './problem.js';

const REASONS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request took too long to be sent (TACTUS_API_REQUEST_TIMEOUT_MS)'],
  HPE_HEADER_OVERFLOW: [431, 'the address and the headers are larger than 16 KiB together'],
};

/** Answers what is no request that a route could see, and closes the connection. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [reason, message] = REASONS[error.code ?? ''] ?? [400, 'what was sent is not HTTP'];
  const { status, headers, body } = problemOf(new HttpProblem(reason, 'TACTUS_REQUEST_INVALID', message));
  const text = JSON.stringify(body);
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries({
      ...headers,
      'content-length': String(Buffer.byteLength(text)),
      connection: 'close',
    }).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy());
}
