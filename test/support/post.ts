import { type Agent, type IncomingHttpHeaders, request } from 'node:http';

export interface SentAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

export interface Post {
  /** The loopback address by default. */
  readonly host?: string;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
  /** False is a connection of its own. */
  readonly agent?: Agent | false;
  /** Without an answer for so long it fails. */
  readonly timeoutMs?: number;
}

/** Posts to a server; rejects when the connection fails. */
export async function post({ host, port, path, headers, body, agent, timeoutMs }: Post): Promise<SentAnswer> {
  return await new Promise((resolve, reject) => {
    const sent = request({
      ...{ host: host ?? '127.0.0.1', port, path, method: 'POST', agent: agent ?? false, headers },
      ...(timeoutMs !== undefined && { signal: AbortSignal.timeout(timeoutMs) }),
    });
    // Also for what comes behind an answer: the rest of a body that was refused cannot be sent.
    sent.on('error', reject);
    sent.once('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => void parts.push(part));
      response.once('error', reject);
      response.once('end', () => {
        const bytes = Buffer.concat(parts);
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, bytes, text: bytes.toString('utf8') });
      });
    });
    sent.end(body);
  });
}
