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
  const shown = (text: string) => JSON.stringify(text.slice(0, MAX_SHOWN));
  const pairs = new Map<string, string>();
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at <= 0) throw refused(parameter, `must be name=value: value was ${shown(text)}`);
    const [name, value] = [text.slice(0, at), text.slice(at + 1)];
    const known = pairs.get(name) ?? value;
    if (known !== value)
      throw refused(
        parameter,
        `must have one value for ${shown(name)}: values were ${shown(known)} and ${shown(value)}`,
      );
    pairs.set(name, value);
  }
  return Object.fromEntries(pairs);
}

function refused(parameter: string, why: string): TactusError {
  return new TactusError('TACTUS_REQUEST_INVALID', `the parameter ${parameter}: ${why}`);
}
