import { Worker } from 'node:worker_threads';
import type { Millis } from '../core/clock.js';
import { LOOK_EVERY_MS } from './liveness.js';
import type { Logger } from './logger.js';

/** What the thread is given: the name of the worker, and a counter that the event loop moves. */
export interface LoopWatch {
  readonly name: string;
  readonly turns: SharedArrayBuffer;
  readonly afterMs: Millis;
  readonly lookEveryMs: Millis;
}

/** Megabytes; the thread keeps nothing. */
const LIMITS = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 };

/**
 * Ends the process (SIGKILL, after a line on stderr) when its event loop has had no turn for so long: then neither probes nor
 * signals are answered, and where nobody asks, nobody would notice. Time while the whole process stands still does not count.
 */
export function watchLoop(name: string, afterMs: Millis, log: Logger): void {
  // Somebody who debugs it stops it for as long as it takes.
  if (process.execArgv.some((option) => option.startsWith('--inspect'))) return;
  const turns = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const counter = new Int32Array(turns);
  setInterval(() => void Atomics.add(counter, 0, 1), LOOK_EVERY_MS).unref();
  const watch: LoopWatch = { name, turns, afterMs, lookEveryMs: LOOK_EVERY_MS };
  const thread = new Worker(new URL('./loop-watchdog-thread.js', import.meta.url), {
    workerData: watch,
    resourceLimits: LIMITS,
    execArgv: [],
    // What NODE_OPTIONS loads is for the process, and has no room in the thread.
    env: {},
  });
  thread.on('error', (error) => log.warn({ error }, 'nobody watches the event loop: the thread has ended'));
  thread.unref();
}
