import { readFileSync } from 'node:fs';

/** Clock ticks per second of `/proc/PID/stat`: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const SAMPLE_MS = 10;
/** The peak is kept by the kernel; reading it is dearer than the times. */
const PEAK_EVERY = 10;

interface Sample {
  readonly at: number;
  readonly cpuSeconds: number;
}

/**
 * CPU time and peak memory of a process, seen from outside: a line of samples, so that any stretch of
 * time can be asked for afterwards. Without `/proc` (not Linux) there are no figures.
 */
export class ProcessSample {
  readonly #samples: Sample[] = [];
  readonly #timer: NodeJS.Timeout;
  #peakBytes = 0;
  #taken = 0;

  constructor(private readonly pid: number) {
    this.#take();
    this.#timer = setInterval(() => this.#take(), SAMPLE_MS);
  }

  /** CPU seconds, user and system, used between two times in ms since the epoch; null without figures. */
  cpuBetween(from: number, to: number): number | null {
    if (this.#samples.length < 2) return null;
    return this.#cpuAt(to) - this.#cpuAt(from);
  }

  /** Most bytes resident so far; null without figures. */
  get peakBytes(): number | null {
    return this.#peakBytes === 0 ? null : this.#peakBytes;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#takePeak();
  }

  #cpuAt(time: number): number {
    let before = this.#samples[0] as Sample;
    for (const sample of this.#samples) {
      if (sample.at >= time) {
        const share = sample.at === before.at ? 0 : Math.max(0, (time - before.at) / (sample.at - before.at));
        return before.cpuSeconds + share * (sample.cpuSeconds - before.cpuSeconds);
      }
      before = sample;
    }
    return before.cpuSeconds;
  }

  #take(): void {
    const stat = readProc(`/proc/${this.pid}/stat`);
    if (stat === null) return;
    // The name of the program, in brackets, may hold spaces; user and system time are fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    this.#samples.push({ at: Date.now(), cpuSeconds: ticks / TICKS_PER_SECOND });
    if (this.#taken++ % PEAK_EVERY === 0) this.#takePeak();
  }

  #takePeak(): void {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readProc(`/proc/${this.pid}/status`) ?? '')?.[1];
    if (kilobytes !== undefined) this.#peakBytes = Number(kilobytes) * 1024;
  }
}

/** Null when the process is gone, or there is no `/proc`. */
function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
