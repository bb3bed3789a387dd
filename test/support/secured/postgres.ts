import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from '../../../services/up/embedded/ports.js';
import { until } from '../until.js';
import type { Issued } from './certificates.js';

/** Where Debian installs PostgreSQL, one folder for each version. */
const INSTALLED = '/usr/lib/postgresql';

/** The programs of the newest PostgreSQL of this machine; null without one. */
export const POSTGRES: string | null = existsSync(INSTALLED)
  ? (readdirSync(INSTALLED)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(INSTALLED, version, 'bin'))
      .find((folder) => existsSync(join(folder, 'initdb'))) ?? null)
  : null;

export const PASSWORD = 'password-of-worker';

/**
 * A PostgreSQL that lets in only over TLS: the user `worker` by password, `certified` by a certificate of that name.
 */
export class SecuredPostgres {
  private constructor(
    readonly port: number,
    private readonly child: ChildProcess,
  ) {}

  static async start(options: {
    readonly folder: string;
    readonly server: Issued;
    readonly clientCa: string;
  }): Promise<SecuredPostgres> {
    const { folder, server, clientCa } = options;
    // It does not run as root.
    const isRoot = process.getuid?.() === 0;
    const id = (what: '-u' | '-g') => Number(execFileSync('id', [what, 'postgres'], { encoding: 'utf8' }));
    const [uid, gid] = isRoot ? [id('-u'), id('-g')] : [process.getuid?.(), process.getgid?.()];
    const own = (path: string, mode: number): string => {
      if (isRoot) chownSync(path, uid as number, gid as number);
      chmodSync(path, mode);
      return path;
    };
    chmodSync(folder, 0o711);
    const home = join(folder, 'postgres');
    mkdirSync(home);
    own(home, 0o700);
    const put = (from: string, name: string): string => {
      copyFileSync(from, join(home, name));
      return own(join(home, name), 0o600);
    };
    const written = (name: string, text: string): string => {
      writeFileSync(join(home, name), text);
      return own(join(home, name), 0o600);
    };
    const as = { ...(isRoot ? { uid, gid } : {}), cwd: home };
    const data = join(home, 'data');
    const program = (name: string) => join(POSTGRES as string, name);
    const how = ['-D', data, '-U', 'worker', '--pwfile', written('password', PASSWORD), '--no-sync'];
    execFileSync(program('initdb'), [...how, '-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C'], {
      ...as,
      stdio: 'pipe',
    });
    const rules = 'hostssl all certified 127.0.0.1/32 cert\nhostssl all all 127.0.0.1/32 scram-sha-256\n';
    const port = await freePort();
    const settings = {
      port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      fsync: 'off',
      ssl: 'on',
      ssl_min_protocol_version: 'TLSv1.3',
      ssl_cert_file: put(server.cert, 'server.pem'),
      ssl_key_file: put(server.key, 'server.key'),
      ssl_ca_file: put(clientCa, 'ca.pem'),
      hba_file: written('hba', rules),
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(program('postgres'), ['-D', data, ...args], { ...as, stdio: 'ignore' });
    const started = new SecuredPostgres(port, child);
    const ssl = { rejectUnauthorized: false };
    try {
      const client = await until('PostgreSQL', async () => {
        const client = new pg.Client({ connectionString: started.url('worker', PASSWORD), ssl });
        await client.connect();
        return client;
      });
      await client.query('CREATE ROLE certified LOGIN');
      await client.query('CREATE TABLE hidden (a int)');
      await client.end();
      return started;
    } catch (error) {
      await started.stop();
      throw error;
    }
  }

  url(user: string, password = ''): string {
    return `postgres://${user}${password === '' ? '' : `:${password}`}@127.0.0.1:${this.port}/postgres`;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGINT');
    await ended;
  }
}
