import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WorkerProcess } from '../support/worker-process.js';
import { pick, type Random } from './random.js';

const STOP_MS = 30_000;
/** In turn: what is computed and not yet committed when a fault hits may be little or much. */
const COMMIT_INTERVALS_MS = [100, 400, 900];
/** In turn: state is read back in one piece, or in many with commits falling due in between. */
const FETCH_BYTES = [65_536, 2_097_152];

export interface Member {
  readonly number: number;
  readonly process: WorkerProcess;
  /** True once its end is no surprise. */
  dismissed: boolean;
}

/** The workers that run at the moment; knows which of them ended without having been asked to. */
export class WorkerPool {
  readonly #all: Member[] = [];
  /** Neither ended nor held up by a fault. */
  readonly #free = new Set<Member>();
  readonly surprises: string[] = [];

  constructor(
    readonly worker: string,
    private readonly env: Readonly<Record<string, string>>,
    /** The command line of another build; of this one by default. */
    private readonly program?: string,
  ) {}

  get started(): number {
    return this.#all.length;
  }

  /** Those that run now. */
  get running(): WorkerProcess[] {
    return [...this.#free].map((member) => member.process);
  }

  start(): WorkerProcess {
    const member = this.startApart();
    this.#free.add(member);
    return member.process;
  }

  /** A worker with variables of its own, that faults do not choose. */
  startApart(env: Readonly<Record<string, string>> = {}): Member {
    const turn = <T>(values: readonly T[]) => String(values[this.#all.length % values.length]);
    const all = {
      ...this.env,
      TACTUS_COMMIT_INTERVAL_MS: turn(COMMIT_INTERVALS_MS),
      TACTUS_FETCH_MAX_BYTES_PER_PARTITION: turn(FETCH_BYTES),
      ...env,
    };
    const process = new WorkerProcess(this.worker, all, [], undefined, this.program);
    const member = { number: this.#all.length + 1, process, dismissed: false };
    this.#all.push(member);
    void process.exited.then(({ code, signal }) => {
      this.#free.delete(member);
      if (!member.dismissed)
        this.surprises.push(
          `${this.worker} ${member.number} ended by itself with ${signal ?? `exit code ${code}`}`,
        );
    });
    return member;
  }

  /** Takes one that runs out of the pool. */
  take(random: Random): Member {
    const member = pick(random, [...this.#free]);
    this.#free.delete(member);
    return member;
  }

  giveBack(member: Member): void {
    this.#free.add(member);
  }

  async kill(member: Member): Promise<void> {
    member.dismissed = true;
    member.process.kill('SIGKILL');
    await member.process.exited;
  }

  /** Stops it in order; one that does not obey, or with another exit code than 0, is a surprise. */
  async dismiss(member: Member): Promise<void> {
    member.dismissed = true;
    const timer = setTimeout(() => {
      this.surprises.push(
        `${this.worker} ${member.number} did not stop within ${STOP_MS / 1_000} s of SIGTERM`,
      );
      member.process.kill('SIGKILL');
    }, STOP_MS);
    const code = await member.process.stop();
    clearTimeout(timer);
    if (code !== 0 && code !== null)
      this.surprises.push(`${this.worker} ${member.number} stopped with exit code ${code}`);
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#free].map((member) => this.dismiss(member)));
  }

  /** As `killAll`, for a process that ends itself. */
  killNow(): void {
    for (const { process } of this.#all) process.kill('SIGKILL');
  }

  /** Ends whatever is left, held up or not. */
  async killAll(): Promise<void> {
    await Promise.all(this.#all.map((member) => this.kill(member)));
  }

  writeLogs(folder: string): void {
    for (const { number, process } of this.#all)
      writeFileSync(join(folder, `${this.worker}-${number}-pid-${process.pid}.log`), `${process.output}\n`);
  }
}
