import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  type ConnectionOptions,
  checkServerIdentity,
  createSecureContext,
  type SecureContext,
  type SecureVersion,
} from 'node:tls';
import { type Millis, systemClock } from '../core/clock.js';
import { messageOf } from '../core/errors.js';
import { readText, unreadable } from './read-text.js';
import type { Secret } from './secret.js';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Files in PEM, by what they hold; an empty path for none. */
export interface TlsPaths {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** How one server is spoken to over TLS. */
export interface TlsSettings extends TlsPaths {
  readonly passphrase: Pick<Secret, 'current'>;
  /** The name that the server's certificate must be for; empty for the host that is connected to. */
  readonly serverName: string;
  readonly minVersion: SecureVersion;
}

/** What is wrong with one of the files. */
export class TlsFileError extends Error {
  override readonly name = 'TlsFileError';

  /** @param allowed what goes on from "must be" */
  constructor(
    readonly file: keyof TlsPaths | 'passphrase',
    readonly allowed: string,
    why: string,
  ) {
    super(why);
  }
}

type TlsOptions = Pick<ConnectionOptions, 'secureContext' | 'checkServerIdentity' | 'servername'>;

interface Contents {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly passphrase: string;
}

/** @throws TlsFileError for the first file that is not what it must be */
export function checkTlsFiles(settings: TlsSettings, now: Millis = systemClock.now()): void {
  check(readAll(settings), now);
}

function check(contents: Contents, now: Millis): void {
  if (contents.ca !== '') certificatesIn('ca', contents.ca);
  if (contents.cert === '') return;
  const [own] = certificatesIn('cert', contents.cert);
  const key = privateKey(contents);
  if (!own.checkPrivateKey(key))
    throw new TlsFileError('key', 'the private key of the certificate', 'it is that of another one');
  if (Date.parse(own.validTo) < now)
    throw new TlsFileError('cert', 'a certificate that is still valid', `it expired on ${own.validTo}`);
}

/**
 * The certificates of connections to one server, read anew for each new connection: files that have changed need no
 * restart. While they are not fit for use, as in the middle of being replaced, those from before stay in force.
 */
export class TlsMaterial {
  #read = '';
  #context: SecureContext | null = null;
  #problem = '';

  /** @param log hears of a change, and once of each reason why one is not taken */
  constructor(
    private readonly settings: TlsSettings,
    private readonly log: { info(line: string): void; warn(line: string): void },
  ) {}

  /** For `tls.connect`, to be asked for once for each connection. */
  options(host: string): TlsOptions {
    const name = this.settings.serverName || host;
    return {
      secureContext: this.#current(),
      // Clients of servers have their own ideas of the name.
      checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
      // An address is no name that may be sent (RFC 6066, 3).
      ...(isIP(name) === 0 ? { servername: name } : {}),
    };
  }

  /** As {@link options}, for a client that copies one object for each connection. */
  liveOptions(host: string): TlsOptions {
    const { secureContext: _, ...rest } = this.options(host);
    const current = () => this.#current();
    return {
      ...rest,
      get secureContext() {
        return current();
      },
    };
  }

  #current(): SecureContext {
    try {
      const contents = readAll(this.settings);
      const read = JSON.stringify(contents);
      if (this.#context !== null && read === this.#read) return this.#context;
      check(contents, systemClock.now());
      const fresh = createSecureContext({ ...given(contents), minVersion: this.settings.minVersion });
      if (this.#context !== null) this.log.info(`new connections use the certificates of ${this.#names()}`);
      this.#context = fresh;
      this.#read = read;
      this.#problem = '';
      return fresh;
    } catch (error) {
      if (this.#context === null) throw error;
      const problem = messageOf(error);
      if (problem !== this.#problem)
        this.log.warn(`keeping the certificates that ${this.#names()} held before: ${problem}`);
      this.#problem = problem;
      return this.#context;
    }
  }

  #names(): string {
    const { ca, cert, key } = this.settings;
    return [ca, cert, key].filter((path) => path !== '').join(', ');
  }
}

/** Node's public authorities count where no others are given. */
function given(contents: Contents): Partial<Contents> {
  return Object.fromEntries(Object.entries(contents).filter(([, text]) => text !== ''));
}

function readAll({ ca, cert, key, passphrase }: TlsSettings): Contents {
  const read = (file: keyof TlsPaths, path: string): string => {
    if (path === '') return '';
    let text: string;
    try {
      text = readText(path);
    } catch (error) {
      throw new TlsFileError(file, 'a readable file', unreadable(error));
    }
    if (text.trim() === '') throw new TlsFileError(file, 'a file in PEM', 'it is empty');
    return text;
  };
  return {
    ca: read('ca', ca),
    cert: read('cert', cert),
    key: read('key', key),
    passphrase: key === '' ? '' : passphrase.current,
  };
}

/** At least one: otherwise it throws. */
function certificatesIn(file: 'ca' | 'cert', pem: string): [X509Certificate, ...X509Certificate[]] {
  const refuse = (why: string) => new TlsFileError(file, 'certificates in PEM', why);
  const [first, ...more] = (pem.match(CERTIFICATE) ?? []).map((one) => {
    try {
      return new X509Certificate(one);
    } catch (error) {
      throw refuse(messageOf(error));
    }
  });
  if (first === undefined) throw refuse('there is no certificate in it');
  return [first, ...more];
}

function privateKey({ key, passphrase }: Contents): KeyObject {
  try {
    return createPrivateKey({ key, format: 'pem', ...(passphrase === '' ? {} : { passphrase }) });
  } catch (error) {
    const isEncrypted = key.includes('ENCRYPTED');
    if (isEncrypted && passphrase === '')
      throw new TlsFileError('passphrase', 'the passphrase of the key, which is encrypted', 'there is none');
    // One wrong passphrase of 256 leaves a padding that looks right, and what is opened is refused in other words.
    if (isEncrypted)
      throw new TlsFileError('passphrase', 'the passphrase of the key', 'it does not open the key');
    throw new TlsFileError('key', 'a private key in PEM', messageOf(error));
  }
}
