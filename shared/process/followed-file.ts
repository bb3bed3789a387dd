import { messageOf } from '../core/errors.js';
import { sleep } from './wait.js';

/** How often a file is looked at: mounted configuration changes without any notice. */
const LOOK_EVERY_MS = 1_000;

export interface FollowedFile<T> {
  /** Reads and checks it; throws what is wrong with it. */
  readonly load: () => T;
  /** Equal for what need not be told. */
  readonly identity: (value: T) => string;
  readonly changed: (value: T) => void;
  /** A wrong file changes nothing, and is told once. */
  readonly refused: (problem: string, error: unknown) => void;
}

/** Looks at a file until `signal` aborts; `first` is how it was found at the start. */
export async function followFile<T>(
  { load, identity, changed, refused }: FollowedFile<T>,
  first: T,
  signal: AbortSignal,
): Promise<void> {
  let known = identity(first);
  let problem = '';
  for (;;) {
    await sleep(LOOK_EVERY_MS, signal);
    if (signal.aborted) return;
    try {
      const found = load();
      problem = '';
      if (identity(found) === known) continue;
      known = identity(found);
      changed(found);
    } catch (error) {
      const message = messageOf(error);
      if (message !== problem) refused(message, error);
      problem = message;
    }
  }
}
