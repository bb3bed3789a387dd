import { Type } from 'typebox';
import { TactusError } from '../../../shared/core/errors.js';
import { pattern } from './validation.js';

/** Of a value in a message. */
const MAX_SHOWN = 100;

/** One of the texts that {@link pairsOf} reads. */
export const PairField = (maxLength: number) =>
  Type.String({ ...pattern('^[^=]+=', 'name=value'), maxLength });

/** The parameter `tag`, which may be given several times. */
export const TagParameter = (description: string, maxItems = 32) =>
  Type.Optional(Type.Array(PairField(4_096), { maxItems, description, examples: [['host=a']] }));

/**
 * The values of a parameter that is given as name=value, several times.
 *
 * @throws TactusError `TACTUS_REQUEST_INVALID`
 */
export function pairsOf(parameter: string, texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
      throw new TactusError(
        'TACTUS_REQUEST_INVALID',
        `the parameter ${parameter}: must be name=value: value was ${JSON.stringify(text.slice(0, MAX_SHOWN))}`,
      );
    }),
  );
}
