import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

export const CLIENT = { id: 'tactus', secret: 'a secret of this client, and of no other' };
export const REDIRECT_URL = 'http://127.0.0.1:8090/api/v1/auth/oidc/callback';

/** An identity provider on this machine, which lets in everybody with any password. */
export interface LocalProvider {
  readonly issuer: string;
  /** What it says of people, by their subject. */
  readonly people: Map<string, Record<string, unknown>>;
  close(): Promise<void>;
}

export async function localProvider(): Promise<LocalProvider> {
  const people = new Map<string, Record<string, unknown>>();
  let handle: ReturnType<Provider['callback']> | undefined;
  const server = createServer((request, response) => void handle?.(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [REDIRECT_URL],
        response_types: ['code'],
      },
    ],
    pkce: { required: () => true },
    cookies: { keys: ['of this test'] },
    // In the ID token, as most providers have it.
    conformIdTokenClaims: false,
    claims: { openid: ['sub'], profile: ['preferred_username', 'tactus-roles'] },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, ...people.get(sub) }) }),
  });
  handle = provider.callback();
  return {
    ...{ issuer, people },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Goes through the provider's pages as a browser, logs in as `subject`, and gives the address that it is sent back to. */
export async function throughProvider(url: string, subject: string): Promise<URL> {
  const jar = new Map<string, string>();
  let at = new URL(url);
  let form: URLSearchParams | null = null;
  for (let step = 0; step < 20; step++) {
    if (at.href.startsWith(REDIRECT_URL)) return at;
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(at, {
      redirect: 'manual',
      headers: { cookie },
      ...(form && { method: 'POST', body: form }),
    });
    for (const set of answer.headers.getSetCookie()) {
      const [pair = ''] = set.split(';');
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const location = answer.headers.get('location');
    const page = await answer.text();
    if (location !== null) {
      at = new URL(location, at);
      form = null;
      continue;
    }
    const [, action = ''] = /action="([^"]+)"/.exec(page) ?? [];
    if (action === '') throw new Error(`a page without a form, ${answer.status}: ${page.slice(0, 500)}`);
    at = new URL(action, at);
    form = new URLSearchParams({
      prompt: page.includes('name="login"') ? 'login' : 'consent',
      login: subject,
      password: 'x',
    });
  }
  throw new Error('the provider sends the browser round and round');
}
