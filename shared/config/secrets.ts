import { decodedPart, hiding, withoutCredentials } from '../files/credentials.js';
import { type Config, configKeys, configValue } from './load.js';
import type { KeyDeclaration } from './schema.js';

/** Shorter ones would be found in the middle of words. */
const MIN_LENGTH = 4;

/** A function that replaces every secret of a configuration in a text, whoever wrote it: a client, a proxy, a server. */
export type Redact = (text: string) => string;

/** For logs, errors and reasons of processes that run with this configuration. */
export function redactor(config: Config): Redact {
  const found = new Set<string>();
  for (const [path, key] of configKeys()) {
    const value = configValue(config, path);
    if (typeof value === 'string' && value !== '' && value !== key.default)
      for (const secret of secretsIn(value, key)) found.add(secret);
  }
  const secrets = [...found]
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), decodedPart(secret)])
    .filter((secret) => secret.length >= MIN_LENGTH)
    // What contains another one goes first.
    .sort((a, b) => b.length - a.length);
  return hiding(secrets);
}

function secretsIn(value: string, { sensitive = false, address = false }: KeyDeclaration): string[] {
  // Several addresses are separated by commas.
  const parts = value.split(',').filter((part) => URL.canParse(part));
  const inAddresses = parts.flatMap((part) => {
    const { username, password, search, pathname } = new URL(part);
    const given = [password, search.slice(1), ...new URLSearchParams(search).values()];
    // A token may stand in place of the user, and the path of a webhook is one.
    if (password === '') given.push(username);
    if (sensitive && !address) given.push(pathname.replace(/^\//, ''));
    return given;
  });
  if (sensitive || withoutCredentials(value) !== value) inAddresses.push(value);
  return inAddresses;
}
