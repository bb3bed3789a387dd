import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { databaseError } from '../../../../shared/adapters/postgres/errors.js';
import { createPool } from '../../../../shared/adapters/postgres/pool.js';
import { createRedis, redisError, requireAccess } from '../../../../shared/adapters/redis/client.js';
import { openRegistry } from '../../../../shared/adapters/registry/open-registry.js';
import { loadConfig } from '../../../../shared/config/load.js';
import { TactusError } from '../../../../shared/core/errors.js';
import { runTactus } from '../../../support/command-line.js';
import { POSTGRES } from '../../../support/native-postgres.js';
import { Authority, type Issued } from '../../../support/secured/certificates.js';
import * as postgres from '../../../support/secured/postgres.js';
import * as redis from '../../../support/secured/redis.js';
import { RegistryFront } from '../../../support/secured/registry-front.js';
import { sharedServers } from '../../../support/servers.js';
import { until } from '../../../support/until.js';

type Env = Readonly<Record<string, string>>;

const folder = mkdtempSync(join(tmpdir(), 'tactus-secured-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const authority = new Authority(folder, 'authority');
const stranger = new Authority(folder, 'stranger');
const server = authority.issue('server');
const expired = authority.issue('expired', { days: -1 });
const log = pino({ level: 'silent' });
const withCertificate = (name: string, { cert, key }: Issued): Env => ({
  [`TACTUS_${name}_TLS_CERT_FILE`]: cert,
  [`TACTUS_${name}_TLS_KEY_FILE`]: key,
});
const trusted = (name: string): Env => ({ [`TACTUS_${name}_TLS_CA_FILE`]: authority.cert });

/** `connected`, or code and message. */
async function outcome(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'connected';
  } catch (error) {
    assert.ok(error instanceof TactusError, String(error));
    return `${error.code} ${error.message}`;
  }
}

describe('the database', { skip: POSTGRES === null && 'PostgreSQL is not installed' }, () => {
  let running: postgres.SecuredPostgres;
  before(async () => {
    running = await postgres.SecuredPostgres.start({ folder, server, clientCa: authority.cert });
  });
  after(() => running.stop());

  const query = (env: Env, sql = 'SELECT 1'): Promise<string> =>
    outcome(async () => {
      const pool = createPool({ config: loadConfig(env), log, name: 'test' }, { statementTimeoutMs: 5_000 });
      try {
        await pool.query(sql);
      } catch (error) {
        throw databaseError(error, 'connecting');
      } finally {
        await pool.end();
      }
    });

  it('lets in over TLS by password and by certificate', async () => {
    const DATABASE_URL = running.url('worker');
    const TACTUS_DATABASE_PASSWORD_FILE = file('database-password', `${postgres.PASSWORD}\n`);
    for (const env of [
      { ...trusted('DATABASE'), DATABASE_URL: running.url('worker', postgres.PASSWORD) },
      { ...trusted('DATABASE'), DATABASE_URL, TACTUS_DATABASE_PASSWORD_FILE },
      {
        DATABASE_URL: `${DATABASE_URL}?sslmode=verify-full&sslrootcert=${authority.cert}`,
        TACTUS_DATABASE_PASSWORD_FILE,
      },
      {
        ...{ ...trusted('DATABASE'), DATABASE_URL: running.url('certified') },
        ...withCertificate('DATABASE', authority.issue('certified')),
      },
    ] as readonly Env[])
      assert.equal(await query(env), 'connected');
  });

  it('says why it does not', async () => {
    const DATABASE_URL = running.url('worker', postgres.PASSWORD);
    for (const [env, expected, sql] of [
      [
        { ...trusted('DATABASE'), DATABASE_URL: running.url('worker', 'wrong-horse') },
        /^TACTUS_ACCESS_REFUSED connecting: the database refuses the login \(password authentication failed for user "worker", SQLSTATE 28P01\): correct DATABASE_URL, TACTUS_DATABASE_PASSWORD or/,
      ],
      [
        { DATABASE_URL },
        /^TACTUS_ACCESS_REFUSED connecting: the database refuses the login \(no pg_hba\.conf entry .*no encryption, SQLSTATE 28000\): .*TACTUS_DATABASE_TLS…$/,
      ],
      [
        { DATABASE_URL, TACTUS_DATABASE_TLS_CA_FILE: stranger.cert },
        /^TACTUS_ACCESS_REFUSED connecting: the database: its certificate is signed by none .*TACTUS_DATABASE_TLS_CA_FILE$/,
      ],
      [
        { DATABASE_URL, ...trusted('DATABASE'), TACTUS_DATABASE_TLS_SERVER_NAME: 'db.example' },
        /^TACTUS_ACCESS_REFUSED .*another name \(Host: db\.example\. is not/,
      ],
      [
        { ...trusted('DATABASE'), DATABASE_URL: running.url('certified') },
        /^TACTUS_ACCESS_REFUSED .*requires a valid client certificate/,
      ],
      [
        {
          ...{ ...trusted('DATABASE'), DATABASE_URL: running.url('certified') },
          ...withCertificate('DATABASE', authority.issue('certified')),
        },
        /^TACTUS_ACCESS_REFUSED .*does not permit it \(permission denied for table hidden, SQLSTATE 42501\): grant it/,
        'SELECT * FROM hidden',
      ],
    ] as readonly (readonly [Env, RegExp, string?])[])
      assert.match(await query(env, sql), expected);
  });

  it('ends a command that it refuses with 78 and one line', async () => {
    const env = { ...trusted('DATABASE'), DATABASE_URL: running.url('worker', 'wrong-horse') };
    const { code, stderr } = await runTactus(['db', 'migrate'], env);
    assert.equal(code, 78);
    assert.match(stderr, /^tactus db migrate: connecting: the database refuses the login .*\n$/);
    assert.ok(!stderr.includes('wrong-horse'));
  });

  it('gives new connections a password that has changed', async () => {
    const path = file('rotating', postgres.PASSWORD);
    const env = {
      ...trusted('DATABASE'),
      DATABASE_URL: running.url('worker'),
      TACTUS_DATABASE_PASSWORD_FILE: path,
    };
    const pool = createPool({ config: loadConfig(env), log, name: 'test' }, { statementTimeoutMs: 5_000 });
    const held = await pool.connect();
    await held.query("ALTER ROLE worker PASSWORD 'another'");
    await assert.rejects(pool.query('SELECT 1'), /password authentication failed/);
    writeFileSync(path, 'another');
    await pool.query('SELECT 1');
    await held.query(`ALTER ROLE worker PASSWORD '${postgres.PASSWORD}'`);
    held.release();
    await pool.end();
  });
});

describe('Redis', () => {
  let running: redis.SecuredRedis;
  before(async () => {
    running = await redis.SecuredRedis.start({ folder, server, ca: authority.cert, mutual: true });
  });
  after(() => running.stop());
  const certified = withCertificate('REDIS', authority.issue('worker'));

  const set = (env: Env, key = 'tactus:a'): Promise<string> =>
    outcome(async () => {
      const client = createRedis({ config: loadConfig(env), log, name: 'test' });
      try {
        await requireAccess(client);
        await client.set(key, '1');
      } catch (error) {
        throw redisError(error, 'storing', client);
      } finally {
        client.disconnect();
      }
    });

  it('lets in over TLS by certificate, user and password', async () => {
    const env = { ...trusted('REDIS'), ...certified };
    assert.equal(await set({ ...env, REDIS_URL: running.url(redis.PASSWORD) }), 'connected');
    const TACTUS_REDIS_PASSWORD_FILE = file('redis-password', redis.PASSWORD);
    assert.equal(await set({ ...env, REDIS_URL: running.url(), TACTUS_REDIS_PASSWORD_FILE }), 'connected');
  });

  it('says why it does not', async () => {
    const REDIS_URL = running.url(redis.PASSWORD);
    for (const [env, expected, key] of [
      [
        { ...trusted('REDIS'), ...certified, REDIS_URL: running.url('wrong-horse') },
        /^TACTUS_ACCESS_REFUSED connecting: Redis refuses the login \(WRONGPASS .*\): correct REDIS_URL or TACTUS_REDIS_PASSWORD$/,
      ],
      [
        { ...trusted('REDIS'), ...certified, REDIS_URL: `rediss://127.0.0.1:${running.port}` },
        /^TACTUS_ACCESS_REFUSED .*Redis refuses the login \(NOAUTH /,
      ],
      [
        { ...trusted('REDIS'), ...certified, REDIS_URL },
        /^TACTUS_ACCESS_REFUSED .*does not permit it \(NOPERM /,
        'other',
      ],
      [
        { REDIS_URL, TACTUS_REDIS_TLS_CA_FILE: stranger.cert },
        /^TACTUS_ACCESS_REFUSED .*TACTUS_REDIS_TLS_CA_FILE$/,
      ],
      [
        { ...trusted('REDIS'), REDIS_URL },
        /it wants a certificate .*TACTUS_REDIS_TLS_CERT_FILE|does not take the certificate .*TACTUS_REDIS_TLS_CERT_FILE/,
      ],
      [
        { ...trusted('REDIS'), ...withCertificate('REDIS', stranger.issue('other')), REDIS_URL },
        /it refuses the certificate of this process|does not take the certificate of this process/,
      ],
    ] as readonly (readonly [Env, RegExp, string?])[])
      assert.match(await set(env, key), expected);
  });

  it('is given certificates that have changed when it is reconnected to', async () => {
    const [cert, key] = [join(folder, 'live.pem'), join(folder, 'live.key')];
    const put = (from: Issued) => {
      copyFileSync(from.cert, cert);
      copyFileSync(from.key, key);
    };
    put(authority.issue('before'));
    const env = {
      ...trusted('REDIS'),
      ...withCertificate('REDIS', { cert, key, both: '' }),
      REDIS_URL: running.url(redis.PASSWORD),
    };
    const client = createRedis({ config: loadConfig(env), log, name: 'test' });
    await requireAccess(client);
    put(stranger.issue('after'));
    client.stream.destroy();
    await until('the new certificate to be refused', async () => {
      const error: unknown = await client.ping().then(
        () => null,
        (thrown: unknown) => thrown,
      );
      return (
        error !== null && /certificate of this process/.test(redisError(error, 'storing', client).message)
      );
    });
    put(authority.issue('at-last'));
    await until('the third certificate to be taken', () => client.status === 'ready');
    client.disconnect();
  });
});

describe('the schema registry', () => {
  let front: RegistryFront;
  before(async () => {
    const basic = `Basic ${Buffer.from('worker:pass-of-registry').toString('base64')}`;
    front = await RegistryFront.start({
      registry: sharedServers().SCHEMA_REGISTRY_URL,
      server,
      clientCa: authority.cert,
      admits: (given) => given === basic || given === 'Bearer token-of-registry',
    });
  });
  after(() => front.close());
  const ask = (env: Env): Promise<string> =>
    outcome(() => openRegistry({ config: loadConfig(env), log }).subjects());

  it('lets in over TLS by user and password, token and certificate', async () => {
    const SCHEMA_REGISTRY_URL = front.url();
    for (const env of [
      { SCHEMA_REGISTRY_URL: front.url('worker:pass-of-registry@') },
      {
        ...{ SCHEMA_REGISTRY_URL, TACTUS_REGISTRY_USERNAME: 'worker' },
        TACTUS_REGISTRY_PASSWORD_FILE: file('registry-password', 'pass-of-registry\n'),
      },
      { SCHEMA_REGISTRY_URL, TACTUS_REGISTRY_TOKEN: 'token-of-registry' },
      { SCHEMA_REGISTRY_URL, ...withCertificate('REGISTRY', authority.issue('worker')) },
    ] as readonly Env[])
      assert.equal(await ask({ ...trusted('REGISTRY'), ...env }), 'connected');
    assert.equal(front.names.at(-1), 'worker');
  });

  it('says why it does not', async () => {
    const SCHEMA_REGISTRY_URL = front.url('worker:wrong-horse@');
    assert.match(
      await ask({ ...trusted('REGISTRY'), SCHEMA_REGISTRY_URL }),
      /^TACTUS_ACCESS_REFUSED reading the subjects: .*the registry refuses access \(status 401 .*\): correct TACTUS_REGISTRY_USERNAME and TACTUS_REGISTRY_PASSWORD, or TACTUS_REGISTRY_TOKEN$|^TACTUS_ACCESS_REFUSED GET \S+: the registry refuses access \(status 401 .*\): correct TACTUS_REGISTRY_USERNAME and TACTUS_REGISTRY_PASSWORD, or TACTUS_REGISTRY_TOKEN$/,
    );
    assert.match(
      await ask({ SCHEMA_REGISTRY_URL, TACTUS_REGISTRY_TLS_CA_FILE: stranger.cert }),
      /^TACTUS_ACCESS_REFUSED .*its certificate is signed by none .*TACTUS_REGISTRY_TLS_CA_FILE$/,
    );
  });

  it('of an expired certificate is refused', async () => {
    const old = await RegistryFront.start({
      registry: sharedServers().SCHEMA_REGISTRY_URL,
      ...{ server: expired, clientCa: authority.cert, admits: () => true },
    });
    assert.match(
      await ask({ ...trusted('REGISTRY'), SCHEMA_REGISTRY_URL: old.url() }),
      /^TACTUS_ACCESS_REFUSED .*its certificate has expired \(CERT_HAS_EXPIRED\): renew that of the server$/,
    );
    old.close();
  });

  it('ends a command that it refuses with 78 and one line', async () => {
    const env = { ...trusted('REGISTRY'), SCHEMA_REGISTRY_URL: front.url('worker:wrong-horse@') };
    const { code, stderr } = await runTactus(['schemas', 'check'], env);
    assert.equal(code, 78);
    assert.match(stderr, /^tactus schemas check: .*the registry refuses access .*\n$/);
    assert.ok(!stderr.includes('wrong-horse'));
  });
});
