import type { Config } from '../../config/load.js';
import { tlsSettings } from '../../config/security.js';
import { Secret } from '../../files/secret.js';
import { TlsMaterial } from '../../files/tls-files.js';
import type { Logger } from '../../process/logger.js';
import { secureFetch } from '../security/secure-fetch.js';
import { basic, registryAddress } from './address.js';
import { ConfluentRegistry } from './confluent-registry.js';

/** The registry that the configuration names, with its certificates and its login. */
export function openRegistry({
  config,
  log,
}: {
  readonly config: Config;
  readonly log: Logger;
}): ConfluentRegistry {
  const { url, username, password, passwordFile, token, tokenFile } = config.registry;
  const warn = (line: string) => log.warn(line);
  const settings = tlsSettings(config, 'registry', warn);
  const bearer = new Secret(token, tokenFile, warn);
  const secret = new Secret(password, passwordFile, warn);
  const { auth } = registryAddress(url);
  const authorization = (): string | null => {
    if (token !== '' || tokenFile !== '') return `Bearer ${bearer.current}`;
    const user = { username: username || (auth?.username ?? ''), password: auth?.password || secret.current };
    return user.username === '' && user.password === '' ? null : `Basic ${basic(user)}`;
  };
  return new ConfluentRegistry(url, {
    fetch: secureFetch(settings === null ? null : new TlsMaterial(settings, log)),
    authorization,
  });
}
