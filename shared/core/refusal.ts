import { TactusError } from './errors.js';
import type { Refusal } from './stage.js';

/**
 * The refusal of a record that could not be read, for the reason that reading it threw.
 *
 * @throws the error itself when it is none of ours, hence no fault of the record
 */
export function refusalOf(error: unknown, index: number): Refusal {
  if (!(error instanceof TactusError)) throw error;
  return { index, code: error.code, message: error.message };
}
