import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { type ConnectionOptions, connect, createServer, type SecureVersion, type Server } from 'node:tls';
import type { Issued } from './certificates.js';

/** Sends each client the common name of its certificate, and ends. */
export class TlsServer {
  private constructor(private readonly server: Server) {}

  static async start(options: {
    readonly server: Issued;
    /** Clients have to have a certificate that it signed. */
    readonly clientCa?: string;
    readonly maxVersion?: SecureVersion;
  }): Promise<TlsServer> {
    const { server, clientCa, maxVersion } = options;
    const made = createServer(
      {
        cert: readFileSync(server.cert),
        key: readFileSync(server.key),
        ...(maxVersion === undefined ? {} : { maxVersion }),
        ...(clientCa === undefined ? {} : { ca: readFileSync(clientCa), requestCert: true }),
      },
      (socket) => {
        socket.on('error', () => {});
        socket.end(String(socket.getPeerCertificate().subject?.CN ?? ''));
      },
    );
    made.on('tlsClientError', () => {});
    made.listen(0, '127.0.0.1');
    await once(made, 'listening');
    return new TlsServer(made);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
  }
}

/** What a server knows of a client. */
export async function peerName(
  { port }: { readonly port: number },
  options: ConnectionOptions,
): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, ...options });
  let text = '';
  socket.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  await once(socket, 'close');
  return text;
}
