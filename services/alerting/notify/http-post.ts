import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Targets } from '../../../shared/adapters/http/targets.js';
import type { Millis } from '../../../shared/core/clock.js';
import { messageOf, TactusError } from '../../../shared/core/errors.js';

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A post of JSON. */
export function json(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Post {
  return { url, headers, body: JSON.stringify(body) };
}

export interface Answer {
  readonly status: number;
  /** The beginning of what it holds; empty unless that was asked for. */
  readonly text: string;
  /** As the header `Retry-After` says; null without one. */
  readonly retryAfterMs: Millis | null;
}

interface PostOptions {
  readonly targets: Targets;
  readonly timeoutMs: Millis;
  readonly signal: AbortSignal;
  /** Whether what an answer of a status holds is read, up to some characters. */
  readonly reads?: (status: number) => boolean;
}

const MAX_RETRY_AFTER_S = 3_600;
const MAX_TEXT = 500;

/**
 * Posts, JSON unless the headers say otherwise, over a connection of its own, to an address that is allowed.
 * Redirects are not followed, so that alerts go nowhere but where the configuration says; what the answer holds
 * beyond its status is not read unless somebody asks for it.
 *
 * @throws TactusError `TACTUS_NOTIFICATION_FAILED` when there is no answer in time
 */
export async function send(
  { url: text, headers, body }: Post,
  { targets, timeoutMs, signal, reads = () => false }: PostOptions,
): Promise<Answer> {
  const url = new URL(text);
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const begin = url.protocol === 'https:' ? httpsRequest : httpRequest;
  try {
    const { address, family } = await targets.resolve(url.hostname);
    const client = begin({
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
    const response = await responseTo(client, body);
    const { statusCode: status = 0, headers: answered } = response;
    const retryAfterMs = waitOf(Number(answered['retry-after']));
    const answer = { status, retryAfterMs, text: reads(status) ? await beginningOf(response) : '' };
    // The status says all; a target that drips its answer would only hold the connection.
    client.destroy();
    return answer;
  } catch (error) {
    if (error instanceof TactusError) throw error;
    const why = deadline.aborted && !signal.aborted ? `no answer within ${timeoutMs} ms` : messageOf(error);
    throw new TactusError('TACTUS_NOTIFICATION_FAILED', `${url.host}: ${why}`, { cause: error });
  }
}

function responseTo(client: ClientRequest, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    client.on('error', reject);
    // As when the answer is another protocol, which is no error to Node; too late for any other.
    client.once('close', () => reject(new Error('the connection was closed without an answer')));
    client.once('response', (response) => {
      response.on('error', reject);
      resolve(response);
    });
    client.end(body);
  });
}

async function beginningOf(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  try {
    for await (const chunk of response) {
      text += chunk;
      if (text.length >= MAX_TEXT) break;
    }
  } catch {
    // It broke off, or took too long: what has come has come.
  }
  return text.slice(0, MAX_TEXT);
}

/** How long to wait, where a target asks for so many seconds: bounded; null for what is no time. */
export function waitOf(seconds: unknown): Millis | null {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds <= 0) return null;
  return Math.min(seconds, MAX_RETRY_AFTER_S) * 1_000;
}

/** The header that an address with a name asks for. */
export function basicAuthentication({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const user = `${unescaped(username)}:${unescaped(password)}`;
  return { authorization: `Basic ${Buffer.from(user).toString('base64')}` };
}

/** A `%` that escapes nothing stands for itself: addresses are read with it, and passwords have it. */
export function unescaped(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escaped) => {
    try {
      return decodeURIComponent(escaped);
    } catch {
      return escaped;
    }
  });
}
