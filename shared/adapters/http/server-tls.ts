import type { Server, ServerOptions } from 'node:https';
import type { SecureVersion } from 'node:tls';
import type { Config } from '../../config/load.js';
import { type Edge, edgeTls } from '../../config/security.js';
import { messageOf } from '../../core/errors.js';
import { readText } from '../../files/read-text.js';
import { checkTlsFiles, type TlsSettings } from '../../files/tls-files.js';
import type { Logger } from '../../process/logger.js';

/** How often the files are looked at. */
const EVERY_MS = 5_000;

interface Material {
  readonly cert: string;
  readonly key: string;
  readonly passphrase?: string;
  readonly ca?: string;
}

/** The certificates of a server; those in force stay while the files are not fit for use, as in the middle of a change. */
export class ServerTls {
  #current: Material;
  #problem = '';

  private constructor(
    private readonly edge: Edge,
    private readonly settings: TlsSettings,
    private readonly log: Logger,
  ) {
    this.#current = read(settings);
  }

  /** Null where clients are spoken to without TLS. */
  static of(edge: Edge, config: Config, log: Logger): ServerTls | null {
    const settings = edgeTls(edge, config, (line) => log.warn(line));
    return settings === null ? null : new ServerTls(edge, settings, log);
  }

  options(): ServerOptions {
    const { minVersion, ca } = this.settings;
    // Who has no certificate of these authorities comes no further than the handshake.
    const mutual = ca === '' ? {} : { requestCert: true, rejectUnauthorized: true };
    return { ...this.#current, ...mutual, minVersion: minVersion as SecureVersion };
  }

  /** New connections get what the files hold then. */
  follow(server: Server): void {
    const timer = setInterval(() => {
      try {
        const found = read(this.settings);
        if (JSON.stringify(found) === JSON.stringify(this.#current)) return;
        checkTlsFiles(this.settings);
        server.setSecureContext({ ...found, minVersion: this.settings.minVersion });
        this.#current = found;
        this.#problem = '';
        this.log.info(`new connections get the new certificate of the ${this.edge}`);
      } catch (error) {
        if (messageOf(error) !== this.#problem)
          this.log.warn(`keeping the certificate of the ${this.edge}: ${messageOf(error)}`);
        this.#problem = messageOf(error);
      }
    }, EVERY_MS);
    server.once('close', () => clearInterval(timer));
    timer.unref();
  }
}

function read({ cert, key, ca, passphrase }: TlsSettings): Material {
  const { current } = passphrase;
  return {
    cert: readText(cert),
    key: readText(key),
    ...(current !== '' && { passphrase: current }),
    ...(ca !== '' && { ca: readText(ca) }),
  };
}
