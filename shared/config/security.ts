import type { SecureVersion } from 'node:tls';
import { unreadable } from '../files/read-text.js';
import { readSecret, Secret } from '../files/secret.js';
import { checkTlsFiles, TlsFileError, type TlsSettings } from '../files/tls-files.js';
import { type DatabaseAddress, databaseAddress } from './database-address.js';
import { maskedValue } from './masked-value.js';
import { type Config, configSchema, type KeyDeclaration } from './schema.js';

/** The servers that are spoken to over TLS where that is configured. */
export type SecuredServer = 'kafka' | 'registry' | 'database' | 'redis';

/** Takes lines about files that change; a check has no log for them. */
const NOBODY = () => {};

/**
 * How a server is spoken to over TLS; null where it is not.
 *
 * @param warn as of {@link Secret}
 */
export function tlsSettings(
  config: Config,
  server: SecuredServer,
  warn: (line: string) => void = NOBODY,
): TlsSettings | null {
  if (!usesTls(config, server)) return null;
  const { tlsCaFile, tlsCertFile, tlsKeyFile, tlsKeyPassphrase, tlsKeyPassphraseFile, tlsServerName } =
    config[server];
  const address = server === 'database' ? databaseAddress(config.database.url) : null;
  return {
    ca: tlsCaFile || (address?.ca ?? ''),
    cert: tlsCertFile || (address?.cert ?? ''),
    key: tlsKeyFile || (address?.key ?? ''),
    passphrase: new Secret(tlsKeyPassphrase, tlsKeyPassphraseFile, warn),
    serverName: tlsServerName,
    minVersion: config.tls.minVersion as SecureVersion,
  };
}

function usesTls(config: Config, server: SecuredServer): boolean {
  const { kafka, registry, database, redis } = config;
  switch (server) {
    case 'kafka':
      return kafka.tls || namesFiles(kafka);
    case 'registry':
      return registry.url.startsWith('https:');
    case 'database':
      return database.tls || namesFiles(database) || databaseAddress(database.url).tls === true;
    case 'redis':
      return redis.url.startsWith('rediss:');
  }
}

function namesFiles(keys: Config[SecuredServer]): boolean {
  return keys.tlsCaFile !== '' || keys.tlsCertFile !== '';
}

/** What is wrong with keys about certificates and logins, taken together and with the files that they name. */
export function securityProblems(config: Config): string[] {
  return [
    ...(['kafka', 'registry', 'database', 'redis'] as const).flatMap((server) => tlsProblems(config, server)),
    ...databaseProblems(config, databaseAddress(config.database.url)),
    ...secretProblems(config),
    ...loginProblems(config),
    ...inFlightProblems(config),
    ...EDGES.flatMap((edge) => edgeProblems(edge, config)),
  ];
}

/** The workers that serve HTTP to others; each has a section of its name. */
const EDGES = ['gateway', 'api'] as const;

export type Edge = (typeof EDGES)[number];

/** How clients speak to a worker over TLS; null where they do not. */
export function edgeTls(
  edge: Edge,
  config: Config,
  warn: (line: string) => void = NOBODY,
): TlsSettings | null {
  const { tlsCertFile, tlsKeyFile, tlsClientCaFile, tlsKeyPassphrase, tlsKeyPassphraseFile } = config[edge];
  if (tlsCertFile === '') return null;
  return {
    ca: tlsClientCaFile,
    cert: tlsCertFile,
    key: tlsKeyFile,
    passphrase: new Secret(tlsKeyPassphrase, tlsKeyPassphraseFile, warn),
    serverName: '',
    minVersion: config.tls.minVersion as SecureVersion,
  };
}

function inFlightProblems(config: Config): string[] {
  const { maxInFlightBytes, maxInFlightTenantBytes } = config.gateway;
  if (maxInFlightTenantBytes <= maxInFlightBytes) return [];
  return [
    refused(config, 'gateway', 'maxInFlightTenantBytes', `at most ${maxInFlightBytes}, which is for all`),
  ];
}

function edgeProblems(edge: Edge, config: Config): string[] {
  const { tlsCertFile, tlsKeyFile, tlsClientCaFile } = config[edge];
  if (tlsCertFile === '' && (tlsKeyFile !== '' || tlsClientCaFile !== ''))
    return [
      refused(
        ...([config, edge, 'tlsCertFile'] as const),
        'the file with the certificate, where its private key or an authority of clients is named',
      ),
    ];
  const settings = edgeTls(edge, config);
  if (settings === null) return [];
  if (tlsKeyFile === '')
    return [
      refused(
        ...([config, edge, 'tlsKeyFile'] as const),
        'the file with the private key, where its certificate is named',
      ),
    ];
  const names = {
    ca: 'tlsClientCaFile',
    cert: 'tlsCertFile',
    key: 'tlsKeyFile',
    passphrase: 'tlsKeyPassphrase',
  };
  return fileProblems(config, edge, settings, (file) => names[file]);
}

/** A line in the form of those about single values. */
function refused(config: Config, section: keyof Config, name: string, allowed: string, why = ''): string {
  const key = (configSchema[section] as Readonly<Record<string, KeyDeclaration>>)[name] as KeyDeclaration;
  const value = (config[section] as Readonly<Record<string, unknown>>)[name];
  const shown = `${maskedValue(value, key)}${why === '' ? '' : `, and ${why}`}`;
  return `${key.env} (${section}.${name}: must be ${allowed}: value was ${shown})`;
}

function tlsProblems(config: Config, server: SecuredServer): string[] {
  const keys = config[server];
  if (keys.tlsCertFile !== '' && keys.tlsKeyFile === '')
    return [
      refused(config, server, 'tlsKeyFile', 'the file with the private key, where its certificate is named'),
    ];
  if (keys.tlsKeyFile !== '' && keys.tlsCertFile === '')
    return [
      refused(config, server, 'tlsCertFile', 'the file with the certificate, where its private key is named'),
    ];
  const settings = tlsSettings(config, server);
  if (settings === null) {
    if (!namesFiles(keys)) return [];
    const scheme = server === 'redis' ? 'rediss://' : 'https://';
    return [refused(config, server, 'url', `an address with ${scheme} where certificates are named`)];
  }
  const names = { ca: 'tlsCaFile', cert: 'tlsCertFile', key: 'tlsKeyFile', passphrase: 'tlsKeyPassphrase' };
  return fileProblems(config, server, settings, (file) => names[file]);
}

/** @param nameOf the key of the section that names a file */
function fileProblems(
  config: Config,
  section: keyof Config,
  settings: TlsSettings,
  nameOf: (file: TlsFileError['file']) => string,
): string[] {
  try {
    checkTlsFiles(settings);
    return [];
  } catch (error) {
    if (!(error instanceof TlsFileError)) throw error;
    const { file, allowed, message } = error;
    return [refused(config, section, nameOf(file), allowed, message)];
  }
}

function databaseProblems(config: Config, address: DatabaseAddress): string[] {
  if (address.problem !== null) return [refused(config, 'database', 'url', address.problem)];
  if (address.tls !== false || !(config.database.tls || namesFiles(config.database))) return [];
  return [refused(config, 'database', 'url', 'an address without sslmode=disable where TLS is configured')];
}

/** Of each secret one source, and a file that holds it. */
function secretProblems(config: Config): string[] {
  return Object.entries(configSchema).flatMap(([section, keys]) =>
    Object.entries(keys as Record<string, KeyDeclaration>).flatMap(([name, { sensitive = false, env }]) => {
      const values = config[section as keyof Config] as Readonly<Record<string, unknown>>;
      const path = values[`${name}File`];
      if (!sensitive || typeof path !== 'string' || path === '') return [];
      const ofFile = (allowed: string, why?: string) =>
        refused(config, section as keyof Config, `${name}File`, allowed, why);
      if (values[name] !== '') return [ofFile(`empty where ${env} is set`)];
      try {
        readSecret(path);
        return [];
      } catch (error) {
        return [ofFile('a readable file with a secret', unreadable(error))];
      }
    }),
  );
}

function loginProblems(config: Config): string[] {
  const { kafka, registry } = config;
  const has = (value: string, file: string) => value !== '' || file !== '';
  const problems: string[] = [];
  const mechanism = kafka.saslMechanism;
  const needs = (name: string, what: string) =>
    problems.push(refused(config, 'kafka', name, `${what} for SASL ${mechanism}`));
  const password = has(kafka.saslPassword, kafka.saslPasswordFile);
  if (mechanism === 'OAUTHBEARER') {
    const token = has(kafka.oauthToken, kafka.oauthTokenFile);
    if (token === (kafka.oauthTokenUrl !== ''))
      needs(
        'oauthTokenUrl',
        'either the address that gives tokens, or empty with TACTUS_KAFKA_OAUTH_TOKEN_FILE set,',
      );
    else if (!token) {
      if (kafka.oauthClientId === '') needs('oauthClientId', 'the client that asks for tokens');
      if (!has(kafka.oauthClientSecret, kafka.oauthClientSecretFile))
        needs(
          'oauthClientSecret',
          'the secret of the client (or TACTUS_KAFKA_OAUTH_CLIENT_SECRET_FILE its file)',
        );
    }
    problems.push(...fileProblems(config, 'kafka', oauthTls(config), () => 'oauthCaFile'));
  } else if (mechanism !== 'none') {
    if (kafka.saslUsername === '') needs('saslUsername', 'the user');
    if (!password) needs('saslPassword', 'the password (or TACTUS_KAFKA_SASL_PASSWORD_FILE its file)');
  } else if (password || kafka.saslUsername !== '') {
    const allowed = 'PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 where a user or password is set';
    problems.push(refused(config, 'kafka', 'saslMechanism', allowed));
  }
  const bearer = has(registry.token, registry.tokenFile);
  if (bearer && (registry.username !== '' || new URL(registry.url).username !== ''))
    problems.push(refused(config, 'registry', 'username', 'empty where a token is set, as in the address'));
  return problems;
}

/** How the server is spoken to that gives tokens for Kafka. */
export function oauthTls(config: Config): TlsSettings {
  return {
    ...{ ca: config.kafka.oauthCaFile, cert: '', key: '', serverName: '' },
    passphrase: { current: '' },
    minVersion: config.tls.minVersion as SecureVersion,
  };
}
