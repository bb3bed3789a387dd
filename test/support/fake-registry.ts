import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';

/** What a server may do to a client: an answer, or something worse. */
export type FakeAnswer =
  | {
      readonly status: number;
      readonly body: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | 'hang up'
  | 'cut short'
  | 'silence'
  | 'silence within the body'
  | 'without end';

/** Blanks, far beyond what any registry answers with. */
function* endless(): Generator<Buffer> {
  const chunk = Buffer.alloc(1024 * 1024, 0x20);
  for (let i = 0; i < 256; i++) yield chunk;
}

/** A registry that answers as instructed. */
export class FakeRegistry {
  answer: FakeAnswer = { status: 500, body: '' };
  /** Answers that differ by request, such as `GET /config/s`; the others get `answer`. */
  readonly answers = new Map<string, FakeAnswer | (() => FakeAnswer)>();
  asked: string[] = [];
  authorization: string | undefined;
  readonly #server: Server = createServer((request, response) => this.#serve(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const asked = `${request.method} ${request.url}`;
    this.asked.push(asked);
    this.authorization = request.headers.authorization;
    const scripted = this.answers.get(asked) ?? this.answer;
    const answer = typeof scripted === 'function' ? scripted() : scripted;
    const cut = (then?: () => void) => {
      response.writeHead(200, { 'content-length': 1_000 });
      response.write('{"schema":', then);
    };
    if (answer === 'hang up') request.socket.destroy();
    else if (answer === 'cut short') cut(() => request.socket.destroy());
    else if (answer === 'silence within the body') cut();
    else if (answer === 'without end') Readable.from(endless()).pipe(response);
    else if (answer !== 'silence') response.writeHead(answer.status, answer.headers).end(answer.body);
  }
}
