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
import { freePort } from '../../services/up/embedded/ports.js';

/** Where Debian installs PostgreSQL, one folder for each version. */
const INSTALLED = '/usr/lib/postgresql';

/** The programs of the newest PostgreSQL of this machine; null without one. */
export const POSTGRES: string | null = existsSync(INSTALLED)
  ? (readdirSync(INSTALLED)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(INSTALLED, version, 'bin'))
      .find((folder) => existsSync(join(folder, 'initdb'))) ?? null)
  : null;

/** The folder of a PostgreSQL and what it is started with; its files are its own user's, since it does not run as root. */
export class PostgresHome {
  readonly #home: string;
  readonly #as: { readonly uid?: number; readonly gid?: number; readonly cwd: string };

  /** @param folder in which it is made */
  constructor(folder: string) {
    const isRoot = process.getuid?.() === 0;
    const id = (what: '-u' | '-g') => Number(execFileSync('id', [what, 'postgres'], { encoding: 'utf8' }));
    this.#home = join(folder, 'postgres');
    this.#as = { ...(isRoot && { uid: id('-u'), gid: id('-g') }), cwd: this.#home };
    chmodSync(folder, 0o711);
    mkdirSync(this.#home);
    this.#own(this.#home, 0o700);
  }

  /** Copies a file there. @returns its path */
  put(from: string, name: string): string {
    copyFileSync(from, join(this.#home, name));
    return this.#own(join(this.#home, name), 0o600);
  }

  write(name: string, text: string): string {
    writeFileSync(join(this.#home, name), text);
    return this.#own(join(this.#home, name), 0o600);
  }

  initdb(args: readonly string[]): void {
    const how = ['-D', this.#data, '--no-sync', '-E', 'UTF8', '--locale=C'];
    execFileSync(program('initdb'), [...how, ...args], { ...this.#as, stdio: 'pipe' });
  }

  /** Begins to start it, with settings besides. */
  async start(settings: Readonly<Record<string, string | number>>): Promise<PostgresServer> {
    const port = await freePort();
    const own = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off' };
    const args = Object.entries({ ...own, ...settings }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]);
    const child = spawn(program('postgres'), ['-D', this.#data, ...args], { ...this.#as, stdio: 'ignore' });
    return new PostgresServer(port, child);
  }

  get #data(): string {
    return join(this.#home, 'data');
  }

  #own(path: string, mode: number): string {
    const { uid, gid } = this.#as;
    if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
    chmodSync(path, mode);
    return path;
  }
}

export class PostgresServer {
  constructor(
    readonly port: number,
    private readonly child: ChildProcess,
  ) {}

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGINT');
    await ended;
  }
}

function program(name: string): string {
  return join(POSTGRES as string, name);
}
