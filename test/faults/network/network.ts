import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HERE, type Place } from '../../../services/up/embedded/place.js';
import { packageRoot } from '../../../shared/files/package-root.js';

const run = promisify(execFile);

const SLOW_LINK = join(packageRoot(), 'test', 'faults', 'network', 'slow_link.py');
const BRIDGE = 'bridge';
/** A bridge takes the least address of its ports unless it has one of its own: neighbours would lose it. */
const BRIDGE_MAC = '02:00:00:00:00:01';
const NET = '10.77.0';

/** What a slow link does to frames, in either direction. */
export interface Slowness {
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly lossPercent: number;
}

/** Programs that are needed besides. */
const TOOLS = ['unshare', 'ip', 'mount', 'python3'];
/** For namespaces of network, mounts and processes that go with the process that they are made for. */
export const UNSHARE = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child'];

/** Why links cannot be cut or slowed here; null where they can. */
export function whyNoNetwork(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'namespaces need Linux and root';
  const folders = (process.env.PATH ?? '').split(':');
  const missing = TOOLS.filter((tool) => !folders.some((folder) => existsSync(join(folder, tool))));
  if (missing.length > 0) return `${missing.join(', ')} is not installed`;
  const tried = spawnSync('unshare', [...UNSHARE, 'true'], { encoding: 'utf8' });
  return tried.status === 0 ? null : `namespaces are not allowed here (${tried.stderr.trim()})`;
}

/**
 * Namespaces of the network, one for each process that is to have a link of its own, joined by a bridge. Made in a
 * namespace that has nothing else: it goes with the process that it was made for.
 */
export class Network {
  readonly #links = new Map<string, { readonly number: number; readonly place: Place }>();

  /** Address of this process, for all others. */
  readonly host = `${NET}.1`;

  static async create(): Promise<Network> {
    mkdirSync('/run/netns', { recursive: true });
    await run('mount', ['-t', 'tmpfs', 'tmpfs', '/run/netns']);
    await ip('link set lo up');
    await ip(`link add ${BRIDGE} address ${BRIDGE_MAC} type bridge`);
    await ip(`addr add ${NET}.1/24 dev ${BRIDGE}`);
    await ip(`link set ${BRIDGE} up`);
    // A link that is cut off answers for no address of the bridge.
    writeFileSync('/proc/sys/net/ipv4/conf/all/arp_ignore', '1');
    return new Network();
  }

  /** A namespace with one link, and where a process is started to be in it. */
  async add(name: string): Promise<Place> {
    const number = this.#links.size + 2;
    const host = `${NET}.${number}`;
    await ip(`netns add ${name}`);
    await ip(`link add ${linkOf(number)} type veth peer name eth0 netns ${name}`);
    await ip(`link set ${linkOf(number)} master ${BRIDGE} up`);
    await ip(`-n ${name} link set lo up`);
    await ip(`-n ${name} addr add ${host}/24 dev eth0`);
    await ip(`-n ${name} link set eth0 up`);
    const place = { host, through: ['ip', 'netns', 'exec', name] };
    this.#links.set(name, { number, place });
    return place;
  }

  place(name: string): Place {
    return this.#links.get(name)?.place ?? HERE;
  }

  /** From now on nothing gets through, and no connection is closed; the interface stays up. */
  async cut(name: string): Promise<() => Promise<void>> {
    const link = this.#link(name);
    await ip(`link set ${link} nomaster`);
    return () => ip(`link set ${link} master ${BRIDGE}`);
  }

  /** From now on everything gets through late, or not at all. */
  async slow(name: string, { delayMs, jitterMs, lossPercent }: Slowness): Promise<() => Promise<void>> {
    const link = this.#link(name);
    const [near, far] = [`${link}n`, `${link}f`];
    await ip(`link add ${near} type veth peer name ${far}`);
    await ip(`link set ${near} up`);
    await ip(`link set ${far} master ${BRIDGE} up`);
    await ip(`link set ${link} nomaster`);
    const relay = spawn('python3', [SLOW_LINK, link, near, ...[delayMs, jitterMs, lossPercent].map(String)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await passing(relay);
    return async () => {
      const ended = once(relay, 'exit');
      relay.stdin?.end();
      await ended;
      await ip(`link del ${near}`);
      await ip(`link set ${link} master ${BRIDGE}`);
    };
  }

  #link(name: string): string {
    const found = this.#links.get(name);
    if (found === undefined) throw new Error(`${name} has no link of its own`);
    return linkOf(found.number);
  }
}

async function passing(relay: ChildProcess): Promise<void> {
  const ended = once(relay, 'exit').then(([code]) => {
    throw new Error(`the slow link ended with ${code}`);
  });
  // Awaited here or not at all.
  ended.catch(() => {});
  await Promise.race([once(relay.stdout as NodeJS.EventEmitter, 'data'), ended]);
}

function linkOf(number: number): string {
  return `link${number}`;
}

async function ip(command: string): Promise<void> {
  await run('ip', command.split(' '));
}
