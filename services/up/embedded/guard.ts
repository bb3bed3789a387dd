import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./guard-process.js', import.meta.url));

/**
 * The stack's handle on its guard process, see `guard-process.ts`: everything watched is ended
 * when this process ends, also by SIGKILL.
 */
export class Guard {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = spawn(process.execPath, [PROGRAM], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    this.#child.unref();
    // A guard that was killed takes nothing with it; the stack goes on without one.
    this.#child.stdin?.on('error', () => {});
  }

  /** The guard's process id; 0 if it could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Watches a process until it has ended. */
  watch(child: ChildProcess): void {
    const { pid } = child;
    if (pid === undefined) return;
    this.#child.stdin?.write(`+${pid}\n`);
    child.once('exit', () => this.#child.stdin?.write(`-${pid}\n`));
  }

  /** Ends the guard, and what it still watches. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.ref();
    this.#child.stdin?.end();
    await ended;
  }
}
