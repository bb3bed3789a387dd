import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadConfig } from '../../../shared/config/load.js';
import { redactor } from '../../../shared/config/secrets.js';
import { tlsSettings } from '../../../shared/config/security.js';
import { Secret } from '../../../shared/files/secret.js';
import { Authority } from '../../support/secured/certificates.js';

const folder = mkdtempSync(join(tmpdir(), 'tactus-security-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const authority = new Authority(folder, 'authority');
const mine = authority.issue('mine');
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

type Env = Readonly<Record<string, string>>;
const SASL: Env = {
  TACTUS_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
  TACTUS_KAFKA_SASL_USERNAME: 'worker',
  TACTUS_KAFKA_SASL_PASSWORD: 'correct-horse',
};
const OAUTH: Env = {
  TACTUS_KAFKA_SASL_MECHANISM: 'OAUTHBEARER',
  TACTUS_KAFKA_OAUTH_TOKEN_URL: 'https://issuer.example/token',
  TACTUS_KAFKA_OAUTH_CLIENT_ID: 'worker',
  TACTUS_KAFKA_OAUTH_CLIENT_SECRET: 'correct-horse',
};

describe('keys about certificates and logins', () => {
  it('are taken in every combination that has a meaning', () => {
    for (const env of [
      SASL,
      { ...SASL, TACTUS_KAFKA_SASL_PASSWORD: '', TACTUS_KAFKA_SASL_PASSWORD_FILE: file('password', 'x\n') },
      OAUTH,
      { TACTUS_KAFKA_SASL_MECHANISM: 'OAUTHBEARER', TACTUS_KAFKA_OAUTH_TOKEN_FILE: file('token', 'x') },
      { TACTUS_KAFKA_TLS: 'true' },
      { TACTUS_KAFKA_TLS_CERT_FILE: mine.cert, TACTUS_KAFKA_TLS_KEY_FILE: mine.key },
      { DATABASE_URL: `postgres://me@db/x?sslmode=verify-full&sslrootcert=${authority.cert}` },
      {
        REDIS_URL: 'rediss://me@redis',
        TACTUS_REDIS_PASSWORD: 'x',
        TACTUS_REDIS_TLS_CA_FILE: authority.cert,
      },
      { SCHEMA_REGISTRY_URL: 'https://registry', TACTUS_REGISTRY_TOKEN: 'x' },
    ] as readonly Env[])
      loadConfig(env);
  });

  for (const [what, env, expected] of [
    [
      'a user without SASL',
      { TACTUS_KAFKA_SASL_USERNAME: 'me' },
      /^TACTUS_KAFKA_SASL_MECHANISM .*must be PLAIN, SCRAM/,
    ],
    [
      'no user',
      { ...SASL, TACTUS_KAFKA_SASL_USERNAME: '' },
      /^TACTUS_KAFKA_SASL_USERNAME .*must be the user for SASL SCRAM-SHA-512/,
    ],
    [
      'no password',
      { ...SASL, TACTUS_KAFKA_SASL_PASSWORD: '' },
      /^TACTUS_KAFKA_SASL_PASSWORD .*or TACTUS_KAFKA_SASL_PASSWORD_FILE/,
    ],
    [
      'two passwords',
      { ...SASL, TACTUS_KAFKA_SASL_PASSWORD_FILE: file('p', 'x') },
      /^TACTUS_KAFKA_SASL_PASSWORD_FILE .*must be empty where TACTUS_KAFKA_SASL_PASSWORD is set/,
    ],
    [
      'an empty file',
      { ...SASL, TACTUS_KAFKA_SASL_PASSWORD: '', TACTUS_KAFKA_SASL_PASSWORD_FILE: file('e', '\n') },
      /^TACTUS_KAFKA_SASL_PASSWORD_FILE .*it is empty/,
    ],
    [
      'no file',
      { ...SASL, TACTUS_KAFKA_SASL_PASSWORD: '', TACTUS_KAFKA_SASL_PASSWORD_FILE: join(folder, 'none') },
      /^TACTUS_KAFKA_SASL_PASSWORD_FILE .*ENOENT/,
    ],
    [
      'neither token nor server',
      { TACTUS_KAFKA_SASL_MECHANISM: 'OAUTHBEARER' },
      /^TACTUS_KAFKA_OAUTH_TOKEN_URL .*TACTUS_KAFKA_OAUTH_TOKEN_FILE/,
    ],
    ['both token and server', { ...OAUTH, TACTUS_KAFKA_OAUTH_TOKEN: 'x' }, /^TACTUS_KAFKA_OAUTH_TOKEN_URL /],
    ['no client', { ...OAUTH, TACTUS_KAFKA_OAUTH_CLIENT_ID: '' }, /^TACTUS_KAFKA_OAUTH_CLIENT_ID /],
    ['no secret', { ...OAUTH, TACTUS_KAFKA_OAUTH_CLIENT_SECRET: '' }, /^TACTUS_KAFKA_OAUTH_CLIENT_SECRET /],
    [
      'no authority',
      { ...OAUTH, TACTUS_KAFKA_OAUTH_CA_FILE: join(folder, 'none') },
      /^TACTUS_KAFKA_OAUTH_CA_FILE .*ENOENT/,
    ],
    [
      'a certificate without key',
      { TACTUS_KAFKA_TLS_CERT_FILE: mine.cert },
      /^TACTUS_KAFKA_TLS_KEY_FILE .*private key, where its certificate is named/,
    ],
    [
      'a key without certificate',
      { TACTUS_DATABASE_TLS_KEY_FILE: mine.key },
      /^TACTUS_DATABASE_TLS_CERT_FILE /,
    ],
    [
      'certificates for a plain registry',
      { TACTUS_REGISTRY_TLS_CA_FILE: authority.cert },
      /^SCHEMA_REGISTRY_URL .*https:\/\//,
    ],
    [
      'certificates for a plain Redis',
      { TACTUS_REDIS_TLS_CA_FILE: authority.cert },
      /^REDIS_URL .*rediss:\/\//,
    ],
    [
      'a database with and without',
      { DATABASE_URL: 'postgres://db/x?sslmode=disable', TACTUS_DATABASE_TLS: 'true' },
      /^DATABASE_URL .*sslmode=disable/,
    ],
    [
      'a mode that verifies nothing',
      { DATABASE_URL: 'postgres://db/x?sslmode=no-verify' },
      /^DATABASE_URL .*verify-full/,
    ],
    [
      'a file that is none',
      { TACTUS_KAFKA_TLS_CA_FILE: file('ca', 'x') },
      /^TACTUS_KAFKA_TLS_CA_FILE .*must be certificates in PEM.*there is no certificate in it/,
    ],
    [
      'user and token',
      { SCHEMA_REGISTRY_URL: 'http://me@registry', TACTUS_REGISTRY_TOKEN: 'x' },
      /^TACTUS_REGISTRY_USERNAME /,
    ],
    [
      'a wrong extension',
      { ...OAUTH, TACTUS_KAFKA_OAUTH_EXTENSIONS: 'auth' },
      /^TACTUS_KAFKA_OAUTH_EXTENSIONS .*name=value/,
    ],
  ] as readonly (readonly [string, Env, RegExp])[])
    it(`are refused in one line: ${what}`, () => {
      assert.throws(
        () => loadConfig(env),
        ({ message }: Error) => {
          assert.match(message, expected);
          assert.ok(!message.includes('\n') && !message.includes('correct-horse'), message);
          return true;
        },
      );
    });

  it('turn TLS on by naming a file, and by the address', () => {
    const on = (env: Env) =>
      (['kafka', 'registry', 'database', 'redis'] as const).filter((server) =>
        tlsSettings(loadConfig(env), server),
      );
    assert.deepEqual(on({}), []);
    assert.deepEqual(
      on({ TACTUS_KAFKA_TLS_CA_FILE: authority.cert, TACTUS_DATABASE_TLS_CA_FILE: authority.cert }),
      ['kafka', 'database'],
    );
    assert.deepEqual(
      on({
        SCHEMA_REGISTRY_URL: 'https://r',
        DATABASE_URL: 'postgres://db/x?sslmode=require',
        REDIS_URL: 'rediss://r',
      }),
      ['registry', 'database', 'redis'],
    );
  });
});

describe('a secret in a file', () => {
  it('is read anew, stays what it was where the file is gone, and is taken out of what the process says', () => {
    const path = file('rotated', 'the-first-one\n');
    const redact = redactor(
      loadConfig({ ...SASL, TACTUS_KAFKA_SASL_PASSWORD: '', TACTUS_KAFKA_SASL_PASSWORD_FILE: path }),
    );
    const said: string[] = [];
    const secret = new Secret('', path, (line) => said.push(line));
    assert.equal(secret.current, 'the-first-one');
    writeFileSync(path, 'the-second-one');
    assert.equal(secret.current, 'the-second-one');
    assert.equal(redact('the-first-one, the-second-one'), '***, ***');
    rmSync(path);
    assert.deepEqual([secret.current, secret.current], ['the-second-one', 'the-second-one']);
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', /^keeping what .*rotated held before: ENOENT/);
  });

  it('leaves the user of an address alone whose password stands elsewhere', () => {
    const config = { REDIS_URL: 'redis://worker@redis:6379', TACTUS_REDIS_PASSWORD: 'secret-of-redis' };
    assert.equal(redactor(loadConfig(config))('worker secret-of-redis'), 'worker ***');
    assert.equal(redactor(loadConfig({ REDIS_URL: config.REDIS_URL }))('worker'), '***');
  });
});
