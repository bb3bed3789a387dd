// What the launchers run in a process of its own. No dependencies: this runs before anything is installed.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a program on this terminal and passes signals on to it.
 *
 * @returns its exit code, 128 and the signal's number where a signal ended it, as shells have it
 * @throws the error of the system where the program cannot be run
 */
export async function runAttached(file, args, options = {}) {
  let child;
  const forward = (signal) => child.kill(signal);
  // Before it starts: a signal that comes meanwhile is forwarded once it runs, and does not leave it alone.
  for (const signal of SIGNALS) process.on(signal, forward);
  try {
    child = spawn(file, args, { ...options, stdio: 'inherit' });
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
    });
  } finally {
    for (const signal of SIGNALS) process.off(signal, forward);
  }
}
