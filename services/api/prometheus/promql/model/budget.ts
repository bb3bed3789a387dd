import { cancelled, failed, timedOut } from './faults.js';

/** What one query may take. */
export interface QueryLimits {
  readonly maxSeries: number;
  /** Points read, and points of sub-queries and of the answer, which are all in memory at once. */
  readonly maxSamples: number;
  /** How long a query may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** What the evaluation needs of the process that it runs in. */
export interface Turns {
  /** Milliseconds of a clock that only goes forward. */
  now(): number;
  /** Lets others have their turn. */
  yield(): Promise<void>;
}

/** What a part of an evaluation takes. */
export type Effort = Pick<Budget, 'checkTime' | 'madeLabels'>;

/** A set of labels takes as much memory as so many points. */
const POINTS_OF_LABELS = 4;
/** How long an evaluation may keep the process to itself before others have their turn, where it can stop. */
const TURN_MS = 10;
/** Longest that one step may take, in which it cannot. */
const MAX_STEP_MS = 1_000;

/** What a query has taken of what it may. */
export class Budget {
  #samples: number;
  #turnEnds: number;
  readonly #ends: number;

  constructor(
    readonly limits: QueryLimits,
    private readonly turns: Turns,
    readonly signal: AbortSignal,
  ) {
    this.#samples = limits.maxSamples;
    const now = turns.now();
    this.#ends = now + limits.timeoutMs;
    this.#turnEnds = now + TURN_MS;
  }

  get samplesLeft(): number {
    return this.#samples;
  }

  /** Until it times out. */
  get msLeft(): number {
    return Math.max(0, Math.ceil(this.#ends - this.turns.now()));
  }

  /** @throws TACTUS_PROMQL_FAILED once more samples are in memory than may be */
  take(samples: number): void {
    this.#samples -= samples;
    if (this.#samples < 0)
      throw failed(
        `query processing would load too many samples into memory: at most ${this.limits.maxSamples} are allowed`,
      );
  }

  /** Called for each set of labels that is made, or remembered for one. @throws as `take` */
  readonly madeLabels = (): void => {
    this.take(POINTS_OF_LABELS);
  };

  /** @throws TACTUS_QUERY_TIMEOUT once the query, or its step, has taken longer than it may */
  checkTime(): void {
    const now = this.turns.now();
    this.#within(now);
    if (now - this.#turnEnds > MAX_STEP_MS)
      throw timedOut(
        `one step of the query takes longer than ${MAX_STEP_MS} ms, in which nobody else is answered: select fewer series, or ask for less at once`,
      );
  }

  /** Called at each step: others have their turn now and then. @throws as `checkTime`, and when the query is cancelled */
  async pause(): Promise<void> {
    const now = this.turns.now();
    this.#within(now);
    if (now < this.#turnEnds) return;
    await this.turns.yield();
    this.checkWanted();
    this.#turnEnds = this.turns.now() + TURN_MS;
  }

  /** @throws TACTUS_QUERY_TIMEOUT when the query is cancelled */
  checkWanted(): void {
    if (this.signal.aborted) throw cancelled();
  }

  #within(now: number): void {
    if (now > this.#ends) throw this.timedOut();
  }

  timedOut(): Error {
    return timedOut(`query timed out: at most ${this.limits.timeoutMs / 1_000} s are allowed`);
  }
}
