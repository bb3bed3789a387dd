import { decodedPart, hiding, withoutCredentials } from '../files/credentials.js';
import { rememberedSecrets } from '../files/secret.js';
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
      for (const secret of secretsIn(value, key, hasPassword(config, path))) found.add(secret);
  }
  let known = rememberedSecrets();
  let hide = hidingAll([...found, ...known]);
  return (text) => {
    const now = rememberedSecrets();
    if (now !== known) {
      known = now;
      hide = hidingAll([...found, ...known]);
    }
    return hide(text);
  };
}

function hidingAll(found: readonly string[]): Redact {
  const secrets = found
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), decodedPart(secret)])
    .filter((secret) => secret.length >= MIN_LENGTH)
    // What contains another one goes first.
    .sort((a, b) => b.length - a.length);
  return hiding(secrets);
}

/** Whether the password that goes with an address stands in a key of its own. */
function hasPassword(config: Config, path: string): boolean {
  const section = path.split('.')[0] as keyof Config;
  const { password = '', passwordFile = '' } = config[section] as Readonly<Record<string, unknown>>;
  return password !== '' || passwordFile !== '';
}

function secretsIn(
  value: string,
  { sensitive = false, address = false }: KeyDeclaration,
  userIsNone: boolean,
): string[] {
  // Several addresses are separated by commas.
  const parts = value.split(',').filter((part) => URL.canParse(part));
  const inAddresses = parts.flatMap((part) => {
    const { username, password, search, searchParams, pathname } = new URL(part);
    // Paths of certificates and modes of TLS are none.
    const values = [...searchParams].filter(([name]) => !name.startsWith('ssl')).map(([, text]) => text);
    const given = [password, ...(values.length === 0 ? [] : [search.slice(1)]), ...values];
    // A token may stand in place of the user, and the path of a webhook is one.
    if (password === '' && !userIsNone) given.push(username);
    if (sensitive && !address) given.push(pathname.replace(/^\//, ''));
    return given;
  });
  if (sensitive || withoutCredentials(value) !== value) inAddresses.push(value);
  return inAddresses;
}
