import type { Config } from '../../../shared/config/load.js';
import { TactusError } from '../../../shared/core/errors.js';
import { isLoopback } from '../../../shared/core/loopback.js';
import { Secret } from '../../../shared/files/secret.js';
import type { ProviderOptions } from './identity-provider.js';

const CALLBACK = '/auth/oidc/callback';

/**
 * How the identity provider is reached; null where none is set up.
 *
 * @param warn as of {@link Secret}
 * @throws TactusError `TACTUS_CONFIG_INVALID` for keys that do not go together
 */
export function providerOptions({ oidc }: Config, warn: (line: string) => void): ProviderOptions | null {
  const { issuer, clientId, redirectUrl, scope } = oidc;
  if (issuer === '') return null;
  const server = new URL(issuer);
  if (server.protocol === 'http:' && !isLoopback(server.hostname))
    throw wrong('TACTUS_OIDC_ISSUER', 'must be https:, or http: on this machine', issuer);
  if (clientId === '') throw wrong('TACTUS_OIDC_CLIENT_ID', 'must be set with TACTUS_OIDC_ISSUER', '');
  if (!URL.canParse(redirectUrl) || !new URL(redirectUrl).pathname.endsWith(CALLBACK))
    throw wrong('TACTUS_OIDC_REDIRECT_URL', `must be a URL that ends in /api/v1${CALLBACK}`, redirectUrl);
  const secret = new Secret(oidc.clientSecret, oidc.clientSecretFile, warn);
  return { issuer, clientId, redirectUrl, scope, clientSecret: () => secret.current };
}

function wrong(variable: string, allowed: string, value: string): TactusError {
  return new TactusError(
    'TACTUS_CONFIG_INVALID',
    `${variable}: ${allowed}: value was ${JSON.stringify(value)}`,
  );
}
