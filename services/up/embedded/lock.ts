import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TactusError } from '../../../shared/core/errors.js';
import { sleep } from '../../../shared/process/wait.js';

/** How long the guard of a stack that was killed may take to end its servers. */
const GUARD_NEEDS_MS = 10_000;

/** A held lock: `release` once no process works on the folder any more. */
export interface DataLock {
  release(): void;
}

/**
 * Takes the data folder for this process. A lock whose processes are gone is taken over; one whose
 * owner was killed and whose guard still ends the servers is waited for.
 *
 * @param guardPid the process that outlives this one until its servers are gone
 * @throws TactusError `TACTUS_EMBEDDED_FAILED` while another stack runs on the same data.
 */
export async function lockData(dataDir: string, guardPid: number): Promise<DataLock> {
  const file = join(dataDir, 'lock');
  const mine = `${identity(process.pid)}\n${identity(guardPid)}\n`;
  const deadline = performance.now() + GUARD_NEEDS_MS;
  while (!create(file, mine)) {
    const [owner, guard] = holders(file);
    if (owner !== undefined && alive(owner)) inUse(dataDir, owner);
    if (guard === undefined || !alive(guard)) {
      rmSync(file, { force: true });
      continue;
    }
    if (performance.now() > deadline) inUse(dataDir, guard);
    await sleep(100);
  }
  return { release: () => rmSync(file, { force: true }) };
}

function create(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function holders(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function inUse(dataDir: string, holder: string): never {
  throw new TactusError(
    'TACTUS_EMBEDDED_FAILED',
    `${dataDir} is in use by process ${holder.split(' ')[0]}: stop that one, or give another folder with --data`,
  );
}

/** Process id and, where the system tells it, start time: ids are used again, pairs are not. */
function identity(pid: number): string {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return `${pid}`;
  const afterName = readFileSync(file, 'utf8').split(') ').pop() ?? '';
  return `${pid} ${afterName.split(' ')[19] ?? ''}`;
}

function alive(holder: string): boolean {
  const pid = Number(holder.split(' ')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return holder.split(' ').length < 2 || identity(pid) === holder;
}
