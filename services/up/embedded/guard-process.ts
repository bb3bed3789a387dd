/**
 * Ends the processes of a stack when the stack itself was killed.
 *
 * Its standard input is a pipe that only the stack holds: `+pid` and `-pid` lines say what runs, and
 * the pipe closes however the stack ends. What is still listed then gets SIGTERM and, five seconds
 * later, SIGKILL. Signals of the terminal are not for this process.
 */
import { createInterface } from 'node:readline';

const KILL_AFTER_MS = 5_000;
const LOOK_EVERY_MS = 50;

const running = new Set<number>();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const pid = Number(line.slice(1));
    if (line.startsWith('+')) running.add(pid);
    else running.delete(pid);
  })
  .on('close', () => {
    signalAll('SIGTERM');
    const timer = setInterval(() => {
      signalAll(0);
      if (running.size === 0) clearInterval(timer);
    }, LOOK_EVERY_MS);
    setTimeout(() => signalAll('SIGKILL'), KILL_AFTER_MS).unref();
  });

/** Sends `signal` to every process left and forgets those that are gone. */
function signalAll(signal: NodeJS.Signals | 0): void {
  for (const pid of running) {
    try {
      process.kill(pid, signal);
    } catch {
      running.delete(pid); // ESRCH: it has ended.
    }
  }
}
