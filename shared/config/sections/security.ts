import { filePath, text } from './formats.js';

/** Keys that several servers have alike: what proves who they are, and who this process is. */

export interface TextKey {
  readonly doc: string;
  readonly format: (value: unknown) => void;
  readonly default: string;
  readonly env: string;
  readonly sensitive?: boolean;
}

/** A secret, or the file that holds it. */
export function secret<N extends string>(
  name: N,
  env: string,
  doc: string,
): Readonly<Record<N | `${N}File`, TextKey>> {
  const keys: Record<string, TextKey> = {
    [name]: { doc, format: text(), default: '', env, sensitive: true },
    [`${name}File`]: {
      doc: `File that holds it, in place of ${env}; read again for each new login`,
      format: filePath,
      default: '',
      env: `${env}_FILE`,
    },
  };
  return keys as Record<N | `${N}File`, TextKey>;
}

/** Certificates of connections to one server. */
export function tlsKeys(server: string, name: string) {
  const env = `TACTUS_${server}_TLS`;
  const file = (doc: string, end: string): TextKey => ({
    ...{ doc: `${doc}, in PEM; read again when it changes` },
    ...{ format: filePath, default: '', env: `${env}_${end}_FILE` },
  });
  return {
    tlsCaFile: file(
      `Certificates of the authorities that ${name} is trusted by, instead of the public ones`,
      'CA',
    ),
    tlsCertFile: file(`Certificate that this process shows to ${name}, and those in between`, 'CERT'),
    tlsKeyFile: file(`Private key of ${env}_CERT_FILE`, 'KEY'),
    ...secret('tlsKeyPassphrase', `${env}_KEY_PASSPHRASE`, `Passphrase of ${env}_KEY_FILE`),
    tlsServerName: {
      doc: `Name that the certificate of ${name} must be for, where that is not the host of its address`,
      format: text(253),
      default: '',
      env: `${env}_SERVER_NAME`,
    },
  } as const;
}

/** Certificates of a worker that serves HTTP. @param name of the worker, in words */
export function edgeTlsKeys(edge: string, name: string) {
  const env = `TACTUS_${edge}_TLS`;
  const file = (doc: string, end: string): TextKey => ({
    ...{ doc, format: filePath, default: '', env: `${env}_${end}_FILE` },
  });
  return {
    tlsCertFile: file(
      `Certificate that ${name} shows to clients, and those in between, in PEM; read again when it changes. Naming one means HTTPS`,
      'CERT',
    ),
    tlsKeyFile: file(`Private key of ${env}_CERT_FILE, in PEM`, 'KEY'),
    ...secret('tlsKeyPassphrase', `${env}_KEY_PASSPHRASE`, `Passphrase of ${env}_KEY_FILE`),
    tlsClientCaFile: file(
      'Certificates of the authorities that clients must have a certificate of, in PEM; empty asks them for none. It comes on top of the key',
      'CLIENT_CA',
    ),
  } as const;
}

/** For all servers. */
export const tls = {
  minVersion: {
    doc: 'Oldest version of TLS that is spoken with any server',
    format: ['TLSv1.2', 'TLSv1.3'],
    default: 'TLSv1.3',
    env: 'TACTUS_TLS_MIN_VERSION',
  },
};
