import { messageOf } from '../core/errors.js';
import { readText } from '../files/read-text.js';
import type { Logger } from './logger.js';
import { sleep } from './wait.js';

/** What became of a change. */
export type ReloadOutcome = 'changed' | 'refused';

export interface FollowedOptions<T> {
  /** In words, for the log: `window definitions`. */
  readonly what: string;
  readonly log: Logger;
  /** What the log says of a change; without it the log says nothing of changes. */
  readonly describe?: (value: T) => object;
  /** Is called with each change and each refusal, for metrics. */
  readonly reloaded?: (outcome: ReloadOutcome) => void;
}

/** Configuration that changes while a worker runs. What is wrong is refused, and what was in force stays. */
export class FollowedValue<T> {
  readonly #listeners: ((value: T) => void)[] = [];
  #current: T;
  #version = 0;

  constructor(
    initial: T,
    private readonly options: FollowedOptions<T>,
  ) {
    this.#current = initial;
  }

  get current(): T {
    return this.#current;
  }

  /** Goes up with each change. */
  get version(): number {
    return this.#version;
  }

  /** Calls `listener` with the value in force after each change. */
  onChange(listener: (value: T) => void): void {
    this.#listeners.push(listener);
  }

  change(value: T): void {
    const { log, what, describe, reloaded } = this.options;
    this.#put(value);
    if (describe !== undefined) log.info(describe(value), `${what} changed`);
    reloaded?.('changed');
  }

  /** Logs why a change is refused; `instead` is in force where what was there cannot stay. */
  refuse(error: unknown, instead: T = this.#current): void {
    const { log, what, reloaded } = this.options;
    log.error({ error }, `keeping the ${what} in force: ${messageOf(error)}`);
    if (instead !== this.#current) this.#put(instead);
    reloaded?.('refused');
  }

  #put(value: T): void {
    this.#current = value;
    this.#version += 1;
    for (const listener of this.#listeners) listener(value);
  }
}

export interface FollowedFileOptions<T> extends FollowedOptions<T> {
  /** Empty for what stays as it is. */
  readonly path: string;
  /** Reads and checks the file; throws what is wrong with it. */
  readonly load: (path: string) => T;
  /** Equal for values between which there is no difference. */
  readonly identity: (value: T) => string;
  /** How often the file is read: mounted configuration changes without any notice. */
  readonly everyMs?: number;
  /** What is loaded depends on more than the text of the file: it is loaded again also while that stays as it is. */
  readonly onMore?: boolean;
}

/** A large file takes long to check, and nothing else goes on meanwhile: one part in so many of the time, at most. */
const SHARE = 50;

/** As {@link FollowedValue}, read from a file. */
export class FollowedFile<T> extends FollowedValue<T> {
  readonly #file: FollowedFileOptions<T>;

  /** @throws TactusError `TACTUS_CONFIG_INVALID` when the file is wrong at the start */
  constructor(file: FollowedFileOptions<T>) {
    super(file.load(file.path), file);
    this.#file = file;
  }

  /** Follows the file until `signal` aborts. What is wrong with it is logged and counted once. */
  async follow(signal: AbortSignal): Promise<void> {
    const { path, load, identity, everyMs = 1_000, onMore = false } = this.#file;
    if (path === '') return;
    let known = identity(this.current);
    let problem = '';
    let text: string | null = null;
    for (let waitMs = everyMs; ; ) {
      await sleep(waitMs, signal);
      if (signal.aborted) return;
      const before: string | null = text;
      text = textOf(path);
      if (!onMore && text !== null && text === before) continue;
      const started = performance.now();
      try {
        const found = load(path);
        problem = '';
        if (identity(found) === known) continue;
        known = identity(found);
        this.change(found);
      } catch (error) {
        if (messageOf(error) !== problem) this.refuse(error);
        problem = messageOf(error);
      } finally {
        waitMs = Math.max(everyMs, SHARE * (performance.now() - started));
      }
    }
  }
}

/** Null where it cannot be read; loading it says why. */
function textOf(path: string): string | null {
  try {
    return readText(path);
  } catch {
    return null;
  }
}
