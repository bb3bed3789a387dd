import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A local HTTP server that keeps what it is sent and answers as instructed, 200 by default. */
export class HttpReceiver {
  readonly posts: Received[] = [];
  answer: (response: ServerResponse) => void = (response) => response.end('ok');

  private constructor(
    private readonly server: Server,
    private readonly host: string,
  ) {}

  /** @param host the loopback address by default */
  static async start(host = '127.0.0.1'): Promise<HttpReceiver> {
    const server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      request.on('end', () => {
        receiver.posts.push({ headers: request.headers, text });
        receiver.answer(response);
      });
    });
    const receiver = new HttpReceiver(server, host);
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://${this.host}:${this.port}/hook`;
  }

  get last(): { headers: IncomingHttpHeaders; body: Record<string, unknown> } {
    const { headers, text } = this.posts.at(-1) ?? { headers: {}, text: 'null' };
    return { headers, body: JSON.parse(text) as Record<string, unknown> };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** A local mail server that keeps what it is sent; `refuse` is what it says to the next message. */
export class MailReceiver {
  readonly mails: { to: string[]; text: string }[] = [];
  refuse: { code: number; text: string } | null = null;
  readonly #server: SMTPServer;

  constructor(options: { password?: string } = {}) {
    this.#server = new SMTPServer({
      disabledCommands: options.password === undefined ? ['STARTTLS', 'AUTH'] : ['STARTTLS'],
      allowInsecureAuth: true,
      authOptional: options.password === undefined,
      onData: (stream, session, callback) => {
        let text = '';
        stream.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        stream.on('end', () => {
          if (this.refuse !== null)
            return callback(Object.assign(new Error(this.refuse.text), { responseCode: this.refuse.code }));
          this.mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), text });
          callback();
        });
      },
    });
  }

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', () => resolve()));
    return (this.#server.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
