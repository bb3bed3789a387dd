import { execFile } from 'node:child_process';
import { mkdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../support/until.js';

const run = promisify(execFile);

/** What a server has to write on. */
const SIZE = '4g';
/** What a full one has left: hardly anything. */
const SPARE_BYTES = 65_536;

/**
 * File systems of their own for servers, in memory, which become full at a word: they get the size of what is in them,
 * and from then on every write that needs room fails with ENOSPC. Only in a namespace of mounts that goes with the process.
 */
export class FullDisks {
  readonly #folders = new Map<string, string>();

  /** @param folder that the servers' folders are made in */
  static async mount(folder: string, servers: readonly string[]): Promise<FullDisks> {
    const disks = new FullDisks();
    for (const name of servers) {
      const path = join(folder, name);
      mkdirSync(path, { recursive: true });
      await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=0700`, 'tmpfs', path]);
      disks.#folders.set(name, path);
    }
    return disks;
  }

  /** @returns makes room again */
  async fill(name: string): Promise<() => Promise<void>> {
    const path = this.#folders.get(name);
    if (path === undefined) throw new Error(`${name} has no disk of its own`);
    // More than that may be in it by then; it is refused then.
    await until('the disk to be full', async () => {
      const { blocks, bfree, bsize } = statfsSync(path);
      await this.#resize(path, String((blocks - bfree) * bsize + SPARE_BYTES));
      return true;
    });
    return () => this.#resize(path, SIZE);
  }

  async #resize(path: string, size: string): Promise<void> {
    await run('mount', ['-o', `remount,size=${size}`, path]);
  }

  /** Of servers that still have files open in them, too. */
  async unmount(): Promise<void> {
    for (const path of this.#folders.values()) await run('umount', ['--lazy', path]);
  }
}
