import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];

/** The files of a certificate. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
  /** Key and certificate in one file, as Kafka takes them. */
  readonly both: string;
}

export interface IssueOptions {
  /** Names and addresses; default: this machine. */
  readonly for?: string;
  /** Days from now until it ends; default: 2. */
  readonly days?: number;
  /** Encrypts the key. */
  readonly passphrase?: string;
}

/** A certificate authority in files of a folder, by the command `openssl`. */
export class Authority {
  readonly cert: string;
  readonly #key: string;

  constructor(
    private readonly folder: string,
    name: string,
  ) {
    this.cert = join(folder, `${name}.pem`);
    this.#key = join(folder, `${name}.key`);
    openssl(
      'req',
      '-x509',
      ...NEW_KEY,
      '-noenc',
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      this.#key,
      '-out',
      this.cert,
    );
  }

  /** @param name the common name, and the beginning of the files' names */
  issue(
    name: string,
    { for: names = 'IP:127.0.0.1,DNS:localhost', days = 2, passphrase }: IssueOptions = {},
  ): Issued {
    const file = (end: string) => join(this.folder, `${name}${end}`);
    const encryption = passphrase === undefined ? ['-noenc'] : ['-passout', `pass:${passphrase}`];
    openssl(
      'req',
      '-new',
      ...NEW_KEY,
      ...encryption,
      '-subj',
      `/CN=${name}`,
      '-keyout',
      file('.key'),
      '-out',
      file('.csr'),
    );
    writeFileSync(file('.ext'), `subjectAltName=${names}\n`);
    const signing = ['-CA', this.cert, '-CAkey', this.#key, '-CAcreateserial', '-days', String(days)];
    openssl('x509', '-req', '-in', file('.csr'), ...signing, '-extfile', file('.ext'), '-out', file('.pem'));
    copyFileSync(file('.key'), file('.both.pem'));
    appendFileSync(file('.both.pem'), readFileSync(file('.pem')));
    return { cert: file('.pem'), key: file('.key'), both: file('.both.pem') };
  }
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
