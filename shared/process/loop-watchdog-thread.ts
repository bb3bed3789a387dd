import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import type { LoopWatch } from './loop-watchdog.js';

/* Looks from a thread of its own whether the event loop of the process moves its counter. */
const { name, turns, afterMs, lookEveryMs } = workerData as LoopWatch;
const counter = new Int32Array(turns);
let idleMs = 0;
for (;;) {
  const before = Atomics.load(counter, 0);
  // Nobody notifies it: it is waited until a turn or two are due.
  const moved = Atomics.wait(counter, 0, before, lookEveryMs) !== 'timed-out';
  idleMs = moved || Atomics.load(counter, 0) !== before ? 0 : idleMs + lookEveryMs;
  if (idleMs < afterMs) continue;
  try {
    writeSync(
      2,
      `tactus ${name}: its event loop has had no turn for ${idleMs / 1_000} s: the process ends\n`,
    );
  } catch {
    // Nobody reads what it writes.
  }
  process.kill(process.pid, 'SIGKILL');
}
