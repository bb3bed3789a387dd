import { decodedPart, hiding } from '../../files/credentials.js';

/** A registry's base address, with the user and password that stood in it apart. */
export interface RegistryAddress {
  /** Without credentials: fit for messages. */
  readonly host: string;
  readonly auth: { readonly username: string; readonly password: string } | undefined;
  /** Takes the credentials out of a text, whoever wrote it: a proxy may send back what it was sent. */
  readonly withoutSecrets: (text: string) => string;
}

export function registryAddress(address: string): RegistryAddress {
  const url = new URL(address);
  const auth =
    url.username === '' && url.password === ''
      ? undefined
      : { username: decodedPart(url.username), password: decodedPart(url.password) };
  const secrets =
    auth === undefined ? [] : [basic(auth), auth.password, url.password].filter((secret) => secret !== '');
  url.username = '';
  url.password = '';
  return {
    host: url.href.replace(/\/+$/, ''),
    auth,
    withoutSecrets: hiding(secrets),
  };
}

/** The credentials as HTTP's basic authentication sends them. */
export function basic({ username = '', password = '' }: { username?: string; password?: string }): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}
