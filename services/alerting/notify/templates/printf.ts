import { beginningOf } from '../../../../shared/core/beginning-of.js';
import { type Charge, numberOf, shown, type TemplateValue } from './values.js';

const VERB = /%(?:%|(-?)(0?)(\d{0,2})(?:\.(\d{1,2}))?([a-zA-Z]))|%[^\s%]{0,20}/g;
const VERBS = 'svqdfgt';

/** What is wrong with a format of Go's `printf`, in words; null for nothing. */
export function checkFormat([format, ...values]: readonly (TemplateValue | null)[]): string | null {
  if (typeof format !== 'string') return 'its format must be a text';
  let wanted = 0;
  for (const [written, , , , , verb] of format.matchAll(VERB)) {
    if (written === '%%') continue;
    if (verb === undefined || !VERBS.includes(verb))
      return `its format has ${written}; there are %${[...VERBS].join(', %')} with a width and a precision of two digits, and %%`;
    wanted++;
  }
  return wanted === values.length
    ? null
    : `its format is of ${wanted} values, and there are ${values.length}`;
}

/** Of a format that was checked. */
export function formatted(format: string, values: readonly TemplateValue[], charge: Charge): string {
  let at = 0;
  return format.replace(VERB, (written, left, zero, width, precision, verb) => {
    if (written === '%%') return '%';
    const text = verbOf(verb, values[at++] ?? '', precision === undefined ? null : Number(precision), charge);
    if (left !== '') return text.padEnd(Number(width));
    if (zero === '') return text.padStart(Number(width));
    // Zeros stand behind the sign of a number.
    const sign = 'dfg'.includes(verb) && text.startsWith('-') ? '-' : '';
    return sign + text.slice(sign.length).padStart(Number(width) - sign.length, '0');
  });
}

function verbOf(verb: string, value: TemplateValue, precision: number | null, charge: Charge): string {
  const text = shown(value, charge);
  const number = numberOf(text);
  if (verb === 'd' && number !== null) return String(Math.trunc(number));
  if (verb === 'f' && number !== null) return number.toFixed(precision ?? 6);
  if (verb === 'g' && number !== null)
    return precision === null ? String(number) : String(Number(number.toPrecision(precision || 1)));
  const short = precision === null || verb === 't' ? text : beginningOf(text, precision);
  return verb === 'q' ? JSON.stringify(short) : short;
}
