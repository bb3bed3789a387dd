import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

const KEY_ID = 'key-1';
export const ISSUER = 'https://issuer.example';
export const AUDIENCE = 'kafka';
export const CLIENT_SECRET = 'secret-of-the-client';

/** Gives signed tokens by client credentials, and the keys that they are verified with. */
export class TokenServer {
  readonly #key: KeyObject;
  readonly #public: KeyObject;
  readonly #server: Server;
  /** Of the tokens that it gives. */
  lifetimeS = 300;
  /** Clients that have been given a token, in turn. */
  readonly given: string[] = [];

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.#key = privateKey;
    this.#public = publicKey;
    this.#server = createServer(async (request, response) => {
      const answer = (status: number, body: object) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      };
      if (request.url === '/jwks') {
        const jwk = this.#public.export({ format: 'jwk' });
        return answer(200, { keys: [{ ...jwk, kid: KEY_ID, alg: 'RS256', use: 'sig' }] });
      }
      const basic = Buffer.from(
        request.headers.authorization?.replace('Basic ', '') ?? '',
        'base64',
      ).toString();
      const [client = '', secret = ''] = basic.split(':').map(decodeURIComponent);
      const form = new URLSearchParams(await text(request));
      if (secret !== CLIENT_SECRET) return answer(401, { error: 'invalid_client' });
      if (form.get('grant_type') !== 'client_credentials')
        return answer(400, { error: 'unsupported_grant_type' });
      this.given.push(client);
      answer(200, {
        access_token: this.sign({ sub: client }),
        token_type: 'Bearer',
        expires_in: this.lifetimeS,
      });
    });
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A token; claims that are not given are right. */
  sign(claims: { readonly sub: string; readonly aud?: string; readonly exp?: number }): string {
    const now = Math.floor(Date.now() / 1_000);
    const body = { iss: ISSUER, aud: AUDIENCE, iat: now, exp: now + this.lifetimeS, ...claims };
    const parts = [{ alg: 'RS256', kid: KEY_ID, typ: 'JWT' }, body].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const signature = createSign('RSA-SHA256').update(parts.join('.')).sign(this.#key).toString('base64url');
    return [...parts, signature].join('.');
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
