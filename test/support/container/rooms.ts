import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, realpathSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

/*
 * What a container is made of, without an engine: namespaces of mounts and processes, a root folder of its own, another
 * user without capabilities. Programs and libraries of the system are this machine's, where an image has those of its base.
 */

/** Why there can be none here; undefined where there can. */
export const NO_ROOMS: string | undefined =
  process.platform !== 'linux' || process.getuid?.() !== 0
    ? 'namespaces of mounts need Linux and root'
    : undefined;

export interface RoomOptions {
  readonly root: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  /** `uid:gid` */
  readonly user: string;
  /** As a worker runs: nobody writes the root, and nobody gets any right that the user has not. */
  readonly locked: boolean;
  /** Paths inside that are empty and may be written. */
  readonly tmpfs?: readonly string[];
  /** Path inside > folder or file of this machine. */
  readonly binds?: Readonly<Record<string, string>>;
}

/** Paths of this machine that every room has. */
const SHARED = ['usr', 'etc', 'dev'];
/** As the base image has Node and npm, in a folder of their own. */
const NODE = '/opt/node';
const NPM = `${NODE}/lib/node_modules/npm`;

/** Makes an empty root with what a base image has. */
export function newRoot(root: string): void {
  for (const name of [...SHARED, 'proc', 'tmp', 'run', 'var/lib', 'root', `${NODE}/bin`])
    mkdirSync(join(root, name), { recursive: true });
  for (const name of readdirSync('/').filter((each) => /^(s?bin|lib(32|64|x32)?)$/.test(each)))
    symlinkSync(`usr/${name}`, join(root, name));
  for (const name of ['npm', 'npx']) symlinkSync(`${NPM}/bin/${name}-cli.js`, join(root, NODE, 'bin', name));
}

/** Starts a program as the first process of a room; it ends with the child. */
export function enter(
  { root, workdir, env, user, locked, tmpfs = [], binds = {} }: RoomOptions,
  argv: readonly string[],
): ChildProcess {
  const mounts = Object.entries({
    ...Object.fromEntries(SHARED.map((name) => [`/${name}`, `/${name}`])),
    [`${NODE}/bin/node`]: process.execPath,
    [NPM]: npmFolder(),
    ...binds,
  });
  for (const [path, from] of mounts) makePlace(join(root, path), from);
  const [uid, gid] = user.split(':');
  const lines = [
    'set -e',
    'mount --make-rprivate /',
    `mount --bind ${quoted(root)} ${quoted(root)}`,
    ...mounts.map(([path, from]) => `mount --rbind ${quoted(from)} ${quoted(join(root, path))}`),
    `mount -t proc proc ${quoted(join(root, 'proc'))}`,
    ...(locked ? [`mount -o remount,ro,bind ${quoted(root)}`] : []),
    ...tmpfs.map((path) => `mount -t tmpfs -o mode=1777 tmpfs ${quoted(join(root, path))}`),
    `exec chroot ${quoted(root)} setpriv --reuid=${uid} --regid=${gid} --clear-groups ${locked ? '--no-new-privs --inh-caps=-all --bounding-set=-all' : ''} env -i -C ${quoted(workdir)} "$@"`,
  ];
  const path = `${NODE}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin`;
  const variables = Object.entries({ PATH: path, HOME: '/root', ...env }).map(
    ([name, value]) => `${name}=${value}`,
  );
  const room = ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', lines.join('\n'), 'sh'];
  const child = spawn('unshare', [...room, ...variables, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  // Whatever ends this process, nobody stays behind.
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('close', () => process.off('exit', end));
  return child;
}

/** Something can only be mounted on what is there. */
function makePlace(path: string, from: string): void {
  if (statSync(from).isDirectory()) mkdirSync(path, { recursive: true });
  else {
    mkdirSync(dirname(path), { recursive: true });
    appendFileSync(path, '');
  }
}

/** Where npm is that this machine has: the base image has one beside its Node. */
function npmFolder(): string {
  const cli = process.env.npm_execpath ?? whereIs('npm');
  return dirname(dirname(realpathSync(cli)));
}

function whereIs(program: string): string {
  const folders = (process.env.PATH ?? '').split(':');
  for (const folder of folders)
    try {
      return realpathSync(join(folder, program));
    } catch {
      // It is in another one.
    }
  throw new Error(`${program} is in none of ${folders.join(', ')}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
