import * as client from 'openid-client';
import type { Clock, Millis } from '../../../shared/core/clock.js';
import { messageOf, TactusError } from '../../../shared/core/errors.js';
import { PENDING_LOGIN_MS } from './lifetimes.js';
import type { PeopleSecret } from './people-secret.js';

const TIMEOUT_S = 10;
const SEALED_AS = 'oidc login';

export interface ProviderOptions {
  /** With http: only on this machine, where it is spoken to without TLS. */
  readonly issuer: string;
  readonly clientId: string;
  /** Read for each login; '' for a public client. */
  readonly clientSecret: () => string;
  readonly redirectUrl: string;
  readonly scope: string;
}

/** Whom the provider has let in. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** What the browser keeps while its user is at the provider. */
interface Pending {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly returnTo: string;
  readonly at: Millis;
}

/** Logins at an identity provider: OpenID Connect, authorization code with PKCE (RFC 7636), state and nonce. */
export class IdentityProvider {
  #found: { readonly config: client.Configuration; readonly secret: string } | null = null;

  constructor(
    private readonly options: ProviderOptions,
    private readonly secret: PeopleSecret,
    private readonly clock: Clock,
  ) {}

  /**
   * Begins a login.
   *
   * @param returnTo path that the browser is sent to in the end
   * @returns where to send it now, and what it is to keep meanwhile, which is encrypted
   * @throws TactusError `TACTUS_OIDC_UNAVAILABLE`
   */
  async begin(returnTo: string): Promise<{ readonly url: string; readonly pending: string }> {
    const config = await this.#config();
    const verifier = client.randomPKCECodeVerifier();
    const pending: Pending = {
      ...{ state: client.randomState(), nonce: client.randomNonce(), verifier, returnTo },
      at: this.clock.now(),
    };
    const url = client.buildAuthorizationUrl(config, {
      ...{ redirect_uri: this.options.redirectUrl, scope: this.options.scope },
      ...{ state: pending.state, nonce: pending.nonce, code_challenge_method: 'S256' },
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
    });
    const sealed = this.secret.seal(Buffer.from(JSON.stringify(pending)), SEALED_AS);
    return { url: url.href, pending: sealed.toString('base64url') };
  }

  /**
   * Ends a login, with what the provider has sent the browser back with.
   *
   * @param query of that request
   * @throws TactusError `TACTUS_LOGIN_REFUSED`, `TACTUS_OIDC_UNAVAILABLE`
   */
  async finish(query: string, kept: string | null): Promise<Identity & { readonly returnTo: string }> {
    const pending = this.#pending(kept);
    if (pending === null)
      throw new TactusError(
        'TACTUS_LOGIN_REFUSED',
        'this browser has begun no login, or too long ago: begin again',
      );
    const config = await this.#config();
    const url = new URL(this.options.redirectUrl);
    url.search = query;
    try {
      const tokens = await client.authorizationCodeGrant(config, url, {
        ...{ pkceCodeVerifier: pending.verifier, expectedState: pending.state, expectedNonce: pending.nonce },
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined)
        throw new TactusError('TACTUS_LOGIN_REFUSED', 'the identity provider sent no ID token');
      return { issuer: claims.iss, subject: claims.sub, claims, returnTo: pending.returnTo };
    } catch (error) {
      throw providerError(error);
    }
  }

  #pending(kept: string | null): Pending | null {
    const plain = kept === null ? null : this.secret.open(Buffer.from(kept, 'base64url'), SEALED_AS);
    if (plain === null) return null;
    const pending = JSON.parse(plain.toString('utf8')) as Pending;
    return this.clock.now() - pending.at < PENDING_LOGIN_MS ? pending : null;
  }

  /** What the provider publishes of itself, asked for once. */
  async #config(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.options;
    const secret = clientSecret();
    if (this.#found?.secret === secret) return this.#found.config;
    const server = new URL(issuer);
    const isPlain = server.protocol === 'http:';
    try {
      const config = await client.discovery(
        server,
        clientId,
        secret,
        secret === '' ? client.None() : undefined,
        {
          timeout: TIMEOUT_S,
          execute: isPlain ? [client.allowInsecureRequests] : [],
        },
      );
      this.#found = { config, secret };
      return config;
    } catch (error) {
      throw new TactusError('TACTUS_OIDC_UNAVAILABLE', `asking the identity provider: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}

/** What comes from the provider, or by the browser, is shown as a code only. */
function providerError(error: unknown): TactusError {
  if (error instanceof TactusError) return error;
  if (error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError) {
    const code = /^[a-z_]{1,64}$/.test(error.error) ? error.error : 'no known error';
    return new TactusError('TACTUS_LOGIN_REFUSED', `the identity provider refuses the login: ${code}`);
  }
  const { code } = error as { code?: unknown };
  if (error instanceof client.ClientError && code !== 'OAUTH_TIMEOUT')
    return new TactusError(
      'TACTUS_LOGIN_REFUSED',
      `what the identity provider sent is not right: ${String(code)}`,
      {
        cause: error,
      },
    );
  return new TactusError('TACTUS_OIDC_UNAVAILABLE', `asking the identity provider: ${messageOf(error)}`, {
    cause: error,
  });
}
