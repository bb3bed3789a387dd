import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Millis } from '../../../shared/core/clock.js';
import { messageOf, TactusError } from '../../../shared/core/errors.js';
import type { Targets } from './targets.js';

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  /** As the header `Retry-After` says; null without one. */
  readonly retryAfterMs: Millis | null;
}

const MAX_RETRY_AFTER_S = 3_600;

/**
 * Posts JSON over a connection of its own, to an address that is allowed. Redirects are not followed, so
 * that alerts go nowhere but where the configuration says; what the answer holds beyond its
 * status is of no use here and is not read.
 *
 * @throws TactusError `TACTUS_NOTIFICATION_FAILED` when there is no answer in time
 */
export async function postJson(
  { url: text, headers, body }: Post,
  { targets, timeoutMs, signal }: { targets: Targets; timeoutMs: Millis; signal: AbortSignal },
): Promise<Answer> {
  const url = new URL(text);
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  try {
    const { address, family } = await targets.resolve(url.hostname);
    const client = send({
      method: 'POST',
      host: address,
      family,
      port: url.port === '' ? undefined : Number(url.port),
      path: url.pathname + url.search,
      // The certificate is checked for the name, not for the address that it gave.
      servername: /[a-z]/i.test(url.hostname) && !url.hostname.startsWith('[') ? url.hostname : '',
      headers: {
        host: url.host,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'tactus',
        connection: 'close',
        ...basicAuthentication(url),
        ...headers,
      },
      agent: false,
      signal: deadline,
    });
    return answerOf(await responseTo(client, body));
  } catch (error) {
    if (error instanceof TactusError) throw error;
    const why = deadline.aborted && !signal.aborted ? `no answer within ${timeoutMs} ms` : messageOf(error);
    throw new TactusError('TACTUS_NOTIFICATION_FAILED', `${url.host}: ${why}`, { cause: error });
  }
}

function responseTo(client: ClientRequest, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    client.on('error', reject);
    client.once('response', (response) => {
      response.on('error', reject);
      response.resume();
      resolve(response);
      // The status says all; a target that drips its answer would only hold the connection.
      client.destroy();
    });
    client.end(body);
  });
}

function answerOf({ statusCode = 0, headers }: IncomingMessage): Answer {
  const seconds = Number(headers['retry-after']);
  const retryAfterMs =
    Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, MAX_RETRY_AFTER_S) * 1_000 : null;
  return { status: statusCode, retryAfterMs };
}

function basicAuthentication({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(user).toString('base64')}` };
}
