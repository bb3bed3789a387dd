import { TactusError } from '../../shared/core/errors.js';

/**
 * Splits a line into fields (RFC 4180): a quoted field keeps its commas, and `""` in it is a quote. A quote within a field that does not
 * begin with one is a character like others.
 */
export function parseFields(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  const fields: string[] = [];
  let field = '';
  let isQuoted = false;
  for (let i = 0; i < line.length; i++) {
    const character = line[i];
    if (isQuoted && character === '"' && line[i + 1] === '"') {
      field += '"';
      i++;
    } else if (character === '"' && (isQuoted || field.trim() === '')) isQuoted = !isQuoted;
    else if (character === ',' && !isQuoted) {
      fields.push(field);
      field = '';
    } else field += character;
  }
  fields.push(field);
  return fields;
}

/** Quotes a field if necessary. */
export function formatField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Positions of the columns that are read. */
export interface Columns {
  readonly timestamp: number;
  readonly value: number;
}

/**
 * The positions of the columns in a header, in any order and among others.
 *
 * @throws TactusError `TACTUS_CSV_INVALID` when one of the two is missing
 */
export function columnsOf(header: readonly string[]): Columns {
  const names = header.map((name) => name.trim().toLowerCase());
  const position = (name: string) => {
    const at = names.indexOf(name);
    if (at >= 0) return at;
    throw new TactusError(
      'TACTUS_CSV_INVALID',
      `line 1: no column "${name}" in "${header.join(',')}"; the header must be "timestamp,value"`,
    );
  };
  return { timestamp: position('timestamp'), value: position('value') };
}

/** A finite number, or null for a blank field and anything else. */
export function parseValue(field: string): number | null {
  const text = field.trim();
  const number = text === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : null;
}

/** What programs write for no value. */
export function isMissing(field: string): boolean {
  return /^(|nan|na|null)$/i.test(field.trim());
}
