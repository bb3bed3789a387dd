import { TactusError } from '../../../shared/core/errors.js';
import { EXIT } from '../../../shared/process/exit-codes.js';

/** A server did not answer within `--timeout`. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** The exit code that goes with an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UnreachableError) return EXIT.unavailable;
  if (!(error instanceof TactusError)) return EXIT.found;
  if (error.code === 'TACTUS_ACCESS_REFUSED') return EXIT.config;
  // A server that answered at first and then did not.
  if (error.retriable) return EXIT.unavailable;
  return error.code === 'TACTUS_CONFIG_INVALID' ? EXIT.config : EXIT.found;
}

/** Where an error comes from that nobody foresaw, as further lines; nothing for those whose message says all. */
export function stackOf(error: unknown): string {
  if (error instanceof TactusError || error instanceof UnreachableError) return '';
  return error instanceof Error && error.stack !== undefined ? `\n${error.stack}` : '';
}
