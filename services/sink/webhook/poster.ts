import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import type { Targets } from '../../../shared/adapters/http/targets.js';

const KEPT = { keepAlive: true };

/** Posts to addresses that are allowed, over connections that are kept. Redirects are not followed. */
export class Poster {
  readonly #http = new HttpAgent(KEPT);
  readonly #https = new HttpsAgent(KEPT);

  constructor(private readonly targets: Targets) {}

  /** @returns the status of the answer, whose content is not read */
  async post(
    address: string,
    {
      headers,
      body,
      signal,
    }: { headers: Readonly<Record<string, string>>; body: string; signal: AbortSignal },
  ): Promise<number> {
    const url = new URL(address);
    // Nothing is looked up of it when it is connected to.
    if (isIP(url.hostname.replace(/^\[(.*)\]$/, '$1')) !== 0) await this.targets.resolve(url.hostname);
    const isHttps = url.protocol === 'https:';
    const request = (isHttps ? httpsRequest : httpRequest)(url, {
      ...{ method: 'POST', agent: isHttps ? this.#https : this.#http, lookup: this.targets.lookup, signal },
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    });
    const { statusCode = 0 } = await answerTo(request, body);
    return statusCode;
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

/** More of an answer is not read, nor for longer: its connection is not kept then. */
const MAX_SKIPPED = 65_536;
const SKIPPED_FOR_MS = 100;

function answerTo(request: ClientRequest, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    // As when the answer is another protocol, which is no error to Node.
    const closed = () => reject(new Error('the connection was closed without an answer'));
    request.once('close', closed);
    request.once('response', (response) => {
      request.off('close', closed);
      let skipped = 0;
      // The status is what is of interest; at the end of the rest the connection is free for the next post.
      const giveUp = () => {
        resolve(response);
        request.destroy();
      };
      const late = setTimeout(giveUp, SKIPPED_FOR_MS);
      response.on('error', () => {});
      response.on('data', (chunk: Buffer) => {
        skipped += chunk.length;
        if (skipped > MAX_SKIPPED) giveUp();
      });
      response.once('close', () => {
        clearTimeout(late);
        resolve(response);
      });
    });
    request.end(body);
  });
}
