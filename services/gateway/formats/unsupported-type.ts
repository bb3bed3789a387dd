import { TactusError } from '../../../shared/core/errors.js';

const MAX_SHOWN = 96;

/**
 * The refusal of a body whose media type a path does not take.
 *
 * @param allowed in words
 */
export function unsupportedType(contentType: string, allowed: string): TactusError {
  return new TactusError(
    'TACTUS_BODY_UNSUPPORTED',
    `Content-Type is ${JSON.stringify(contentType.slice(0, MAX_SHOWN))}; allowed ${allowed}`,
  );
}
