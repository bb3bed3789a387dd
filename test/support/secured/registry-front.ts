import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import type { Issued } from './certificates.js';

/** Stands before a schema registry, as a proxy does: speaks TLS, and lets in by a header or a certificate. */
export class RegistryFront {
  /** Common names of the certificates of clients, in turn. */
  readonly names: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly path: string,
  ) {}

  static async start(options: {
    readonly registry: string;
    readonly server: Issued;
    readonly clientCa: string;
    readonly admits: (authorization: string) => boolean;
  }): Promise<RegistryFront> {
    const { registry, server, clientCa, admits } = options;
    const { origin, pathname } = new URL(registry);
    const tls = {
      cert: readFileSync(server.cert),
      key: readFileSync(server.key),
      ca: readFileSync(clientCa),
    };
    const made = createServer(
      { ...tls, requestCert: true, rejectUnauthorized: false },
      async (request, response) => {
        const { subject } = (request.socket as TLSSocket).getPeerCertificate();
        front.names.push(String(subject?.CN ?? ''));
        const isCertified = (request.socket as TLSSocket).authorized;
        if (!isCertified && !admits(request.headers.authorization ?? '')) {
          response.writeHead(401).end('{"error_code":40101,"message":"who are you"}');
          return;
        }
        const body = await text(request);
        const answer = await fetch(origin + request.url, {
          method: request.method ?? 'GET',
          headers: { 'content-type': String(request.headers['content-type'] ?? 'application/json') },
          ...(body === '' ? {} : { body }),
        });
        response.writeHead(answer.status).end(await answer.text());
      },
    );
    const front = new RegistryFront(made, pathname);
    made.listen(0, '127.0.0.1');
    await once(made, 'listening');
    return front;
  }

  url(credentials = ''): string {
    const { port } = this.server.address() as AddressInfo;
    return `https://${credentials}127.0.0.1:${port}${this.path}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
