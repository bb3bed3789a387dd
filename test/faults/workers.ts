import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HERE, type Place } from '../../services/up/embedded/place.js';
import { parsePrometheusText, sumOf } from '../../shared/process/prometheus-text.js';
import { memoryMib } from '../support/process-memory.js';
import { WorkerProcess } from '../support/worker-process.js';
import type { MemorySample } from './memory.js';
import type { WorkerName } from './plan.js';
import type { Address } from './senders.js';

const BYTES_PER_MIB = 1_048_576;
/** Status ports of workers that stand still do not answer. */
const ASK_MS = 2_000;
const GATEWAY_PORT = 8_080;
const STATUS_PORT = 9_464;

/** A worker that is started again whenever it has ended, as an orchestrator does it; in one place all the time. */
export class Worker {
  readonly #all: {
    readonly process: WorkerProcess;
    readonly memory: MemorySample[];
    port?: string | undefined;
  }[] = [];
  /** Ends that nobody asked for. */
  readonly surprises: string[] = [];
  #wanted = false;

  constructor(
    readonly kind: WorkerName,
    readonly name: string,
    private readonly env: Readonly<Record<string, string>>,
    private readonly place: Place,
  ) {}

  /** The one that runs, or ran last. */
  get process(): WorkerProcess {
    const last = this.#all.at(-1);
    if (last === undefined) throw new Error(`${this.name} was not started`);
    return last.process;
  }

  start(): WorkerProcess {
    this.#wanted = true;
    // Alone behind its address, a gateway has the port that is known to all.
    const ports = { HTTP_PORT: String(GATEWAY_PORT), METRICS_PORT: String(STATUS_PORT) };
    const env = { ...this.env, ...(this.place !== HERE && ports) };
    const process = new WorkerProcess(this.kind, env, [], this.place);
    this.#all.push({ process, memory: [] });
    void process.exited.then(({ code, signal }) => {
      if (!this.#wanted || this.process !== process) return;
      this.surprises.push(`${this.name} ended by itself with ${signal ?? `exit code ${code}`}`);
      this.start();
    });
    return process;
  }

  async kill(): Promise<void> {
    this.#wanted = false;
    this.process.kill('SIGKILL');
    await this.process.exited;
  }

  /** In order; anything but 0 is a surprise. */
  async stop(): Promise<void> {
    this.#wanted = false;
    const code = await this.process.stop();
    if (code !== 0) this.surprises.push(`${this.name} stopped with exit code ${code}`);
  }

  killNow(): void {
    this.#wanted = false;
    for (const { process } of this.#all) process.kill('SIGKILL');
  }

  /** Where the gateway listens. */
  get gateway(): Address | undefined {
    const port = this.place === HERE ? this.process.httpPort : GATEWAY_PORT;
    return port === undefined ? undefined : { host: this.place.host, port };
  }

  /** What it says at a path of its status port; null when it does not answer. */
  async ask(path: string): Promise<{ readonly ok: boolean; readonly text: string } | null> {
    try {
      const current = this.#all.at(-1);
      if (current === undefined) return null;
      current.port ??= /"port":(\d+)/.exec(current.process.output)?.[1];
      if (current.port === undefined) return null;
      const url = `http://${this.place.host}:${current.port}${path}`;
      const answer = await fetch(url, { signal: AbortSignal.timeout(ASK_MS) });
      return { ok: answer.ok, text: await answer.text() };
    } catch {
      return null;
    }
  }

  async isReady(): Promise<boolean> {
    return (await this.ask('/readyz'))?.ok ?? false;
  }

  /** Records that it has not read yet; null when it does not answer. */
  async lag(): Promise<number | null> {
    const answer = await this.ask('/metrics');
    return answer === null ? null : sumOf(parsePrometheusText(answer.text), 'tactus_consumer_lag_records');
  }

  async measure(): Promise<void> {
    const current = this.#all.at(-1);
    const answer = await this.ask('/metrics');
    if (current === undefined || answer === null || this.process !== current.process) return;
    try {
      const resident = memoryMib(current.process.pid, 'VmRSS');
      const heap = sumOf(parsePrometheusText(answer.text), 'nodejs_heap_size_used_bytes') / BYTES_PER_MIB;
      if (heap > 0) current.memory.push({ at: Date.now(), heap, resident });
    } catch {
      // It has just ended.
    }
  }

  /** Of each process that there was. */
  get memory(): readonly (readonly MemorySample[])[] {
    return this.#all.map(({ memory }) => memory);
  }

  writeLogs(folder: string): void {
    this.#all.forEach(({ process }, i) => {
      writeFileSync(join(folder, `${this.name}-${i + 1}-pid-${process.pid}.log`), `${process.output}\n`);
    });
  }
}
