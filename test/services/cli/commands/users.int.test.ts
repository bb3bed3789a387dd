import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { AuditRecord } from '../../../../schemas/types.js';
import { stepOfCode } from '../../../../services/api/people/totp.js';
import { migrate } from '../../../../shared/adapters/postgres/migrate.js';
import { poolTo } from '../../../shared/adapters/postgres/database.js';
import { PROGRAM, runTactus } from '../../../support/command-line.js';
import { ownPrefix } from '../../../support/own-prefix.js';
import { type Follower, PlainClient } from '../../../support/plain-client.js';
import { sharedServers } from '../../../support/servers.js';
import { until } from '../../../support/until.js';

const PASSWORD = 'correct horse battery staple';

describe('tactus users', { timeout: 300_000 }, () => {
  const servers = sharedServers();
  const env = {
    ...{ ...servers, TOPIC_PREFIX: ownPrefix('users') },
    TACTUS_KEYS_SECRET: 'of this installation, and of no other one',
  };
  /** The database is shared by all tests. */
  const tenant = `users-${randomBytes(4).toString('hex')}`;
  const ada = `Ada.${tenant}`;
  const pool = poolTo(servers.DATABASE_URL);
  const client = new PlainClient(servers, env.TOPIC_PREFIX);
  let audit: Follower<AuditRecord>;
  const users = (args: readonly string[], input = '') => runTactus(['users', ...args], env, PROGRAM, input);
  /** Without those of all tenants, whom other tests make. */
  const listed = async () => {
    const { users: found } = JSON.parse((await users(['ls', '--tenant', tenant, '--json'])).stdout);
    return found.filter(({ roles }: { roles: object }) => tenant in roles);
  };

  /** Quicker than a command. */
  const stored = async () => {
    const { rows } = await pool.query(
      `SELECT (SELECT jsonb_object_agg(tenant_id, role) FROM tactus.user_roles WHERE user_id = u.id) AS roles, totp_secret
       FROM tactus.users u WHERE name = $1`,
      [ada],
    );
    return rows[0];
  };

  before(async () => {
    await migrate(pool);
    const added = await users(['add', ada, '--role', 'operator', '--tenant', tenant], `${PASSWORD}\n`);
    assert.deepEqual([added.code, added.stdout], [0, `${ada} is operator of ${tenant}\n`], added.stderr);
    audit = await client.follow<AuditRecord>('audit');
  });
  after(async () => {
    await Promise.all([audit.close(), pool.end()]);
  });

  it('are listed without anything of their password, which is a hash of argon2id', async () => {
    const [found, ...others] = await listed();
    assert.deepEqual(others, []);
    const { name, roles, secondFactor, lastLoginAt } = found;
    assert.deepEqual([name, roles, secondFactor, lastLoginAt], [ada, { [tenant]: 'operator' }, false, null]);
    assert.deepEqual(Object.keys(found).sort(), [
      'createdAt',
      'id',
      'lastLoginAt',
      'name',
      'roles',
      'secondFactor',
    ]);
    const { rows } = await pool.query('SELECT password_hash FROM tactus.users WHERE id = $1', [found.id]);
    assert.match(rows[0].password_hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const { stdout } = await users(['ls', '--tenant', tenant]);
    assert.match(stdout, new RegExp(`${ada} +${tenant}:operator +off`));
  });

  it('are one for each name, in whatever case, and get another role only where that is meant', async () => {
    const again = await users(['add', ada.toUpperCase(), '--role', 'admin', '--tenant', tenant], PASSWORD);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /already: --existing/);
    const changed = await users(['add', ada, '--role', 'viewer', '--tenant', tenant, '--existing']);
    assert.deepEqual([changed.code, changed.stdout], [0, `${ada} is now viewer of ${tenant}\n`]);
    assert.deepEqual((await stored()).roles, { [tenant]: 'viewer' });
    assert.equal(
      (await users(['add', 'nobody-here', '--role', 'viewer', '--tenant', tenant, '--existing'])).code,
      1,
    );
  });

  it('are refused as wrong usage without role or tenant, with a wrong name, and with a password that is not allowed', async () => {
    const as = ['--role', 'viewer', '--tenant', tenant];
    const wrong = [
      { args: ['add', 'grace', '--tenant', tenant], input: PASSWORD },
      { args: ['add', 'grace', '--role', 'root', '--tenant', tenant], input: PASSWORD },
      { args: ['add', 'a b', ...as], input: PASSWORD },
      { args: ['add', 'grace', ...as], input: 'short' },
      { args: ['add', 'grace', ...as], input: '' },
      { args: ['passwd', ada], input: 'aaaaaaaaaaaa' },
    ];
    await Promise.all(
      wrong.map(async ({ args, input }) => {
        const { code, stdout, stderr } = await users(args, input);
        assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
        assert.ok(input === '' || !`${stdout}${stderr}`.includes(input));
      }),
    );
  });

  it('get another password, and a second factor that their app can use', async () => {
    const before = await pool.query('SELECT password_hash, epoch FROM tactus.users WHERE name = $1', [ada]);
    assert.equal((await users(['passwd', ada], 'another horse battery staple')).code, 0);
    const after = await pool.query('SELECT password_hash, epoch FROM tactus.users WHERE name = $1', [ada]);
    assert.notEqual(after.rows[0].password_hash, before.rows[0].password_hash);
    assert.equal(Number(after.rows[0].epoch), Number(before.rows[0].epoch) + 1, 'access tokens are void');

    const { code, stdout, stderr } = await users(['totp', ada, '--json']);
    assert.equal(code, 0, stderr);
    const { secret, uri, recoveryCodes } = JSON.parse(stdout);
    assert.match(uri, new RegExp(`^otpauth://totp/Tactus:.*secret=${secret}`));
    assert.equal(new Set(recoveryCodes).size, 10);
    assert.equal(stepOfCode(Buffer.from('12345678901234567890'), '755224', 0), 0, 'RFC 4226, appendix D');
    const { totp_secret: sealed } = await stored();
    assert.ok(!sealed.toString('latin1').includes(secret));
    assert.equal((await users(['totp', ada, '--off'])).code, 0);
    assert.equal((await stored()).totp_secret, null);
  });

  it('are removed, from one tenant or at all, and all of that is in audit with no secret', async () => {
    assert.equal((await users(['rm', ada, '--tenant', 'elsewhere'])).code, 1);
    assert.equal((await users(['rm', ada, '--tenant', tenant])).code, 0);
    assert.deepEqual(await listed(), []);
    assert.equal((await users(['rm', ada])).code, 0);
    assert.equal((await users(['rm', ada])).code, 1);
    const actions = 'user.add,user.role,user.password,user.totp,user.totp,user.role,user.remove';
    await until(actions, () => audit.values.map(({ action }) => action).join() === actions);
    for (const { bytes } of audit.records) assert.doesNotMatch(bytes.toString('latin1'), /horse/);
    assert.ok(audit.values.every(({ details }) => details.name === ada));
  });
});
