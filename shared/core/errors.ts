import { ERROR_CODES, type ErrorCode } from './error-codes.js';

export type { ErrorCode } from './error-codes.js';

/**
 * The one error class that leaves a Tactus module.
 *
 * `retriable` follows from the code. The original error, if any, is kept as `cause`.
 */
export class TactusError extends Error {
  override readonly name = 'TactusError';
  readonly retriable: boolean;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.retriable = ERROR_CODES[code].retriable;
  }
}

/** The message of anything that was thrown, for a log line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What something gave, or in words why it could not. */
export type Attempt<T> =
  | { readonly value: T; readonly problem: null }
  | { readonly value: null; readonly problem: string };

/** Gives an error of ours as a value. @throws any other, which is a fault of the program */
export function attempt<T>(run: () => T): Attempt<T> {
  try {
    return { value: run(), problem: null };
  } catch (error) {
    if (!(error instanceof TactusError)) throw error;
    return { value: null, problem: error.message };
  }
}
