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
