import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { fetchParts } from '../../services/up/embedded/parts.js';
import { messageOf } from '../../shared/core/errors.js';
import { UNSHARE, whyNoNetwork } from './network/network.js';
import { type FaultOptions, readFaultOptions, USAGE } from './options.js';
import { KINDS, NEED_NAMESPACES, SHORT } from './plan.js';
import { runFaults } from './run.js';

/** Set in the process that has namespaces of its own. */
const INSIDE = 'FAULTS_INSIDE_NAMESPACES';
const PROGRAM = fileURLToPath(new URL('./main.js', import.meta.url));
/** Other tests run beside it. */
const SHORT_FRESH_S = 25;
const NOT_POSSIBLE = 78;

const say = (line: string) => process.stdout.write(`${line}\n`);

/** `npm run test:faults`. @returns its exit code: 0, 1 on any deviation, 78 for what is not allowed or not possible */
export async function faultsCommand(args: readonly string[]): Promise<number> {
  let options: FaultOptions;
  try {
    options = readFaultOptions(args);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${USAGE}`);
    return NOT_POSSIBLE;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const isInside = process.env[INSIDE] !== undefined;
  const reason = isInside ? null : whyNoNetwork();
  if (reason === null && !isInside) return await insideNamespaces(args);
  const namespaces = reason === null;
  const possible = namespaces ? KINDS : KINDS.filter((kind) => !NEED_NAMESPACES.includes(kind));
  if (!namespaces) say(`refused, because ${reason}: ${NEED_NAMESPACES.join(', ')}`);
  const faults = options.faults.filter(({ kind }) => possible.includes(kind));
  if (faults.length === 0) return NOT_POSSIBLE;
  const { seed, rate, freshS, markdown, short } = options;
  const once = short ? (namespaces ? SHORT.withNamespaces : SHORT.without) : options.each ? faults : [];
  const sound = await runFaults({
    ...{ once, random: faults, randomMs: short ? 0 : options.minutes * 60_000 },
    freshS: short ? SHORT_FRESH_S : freshS,
    ...{ seed, rate, short, namespaces, markdown, say },
  });
  return sound ? 0 : 1;
}

/**
 * Runs the program with namespaces of its own of network, mounts and processes: links, disks and processes of a run
 * are nobody else's, and go with it, however it ends.
 */
async function insideNamespaces(args: readonly string[]): Promise<number> {
  // There is no way out of the new namespace.
  await fetchParts(say);
  const program = [process.execPath, PROGRAM, ...args];
  const child = spawn('unshare', [...UNSHARE, ...program], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1' },
  });
  // A signal of the terminal reaches both: the run ends in order, and this after it.
  process.on('SIGINT', () => {});
  process.once('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
