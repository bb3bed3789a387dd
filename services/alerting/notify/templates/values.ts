/** What templates calculate with. */
export type TemplateValue =
  | string
  | number
  | boolean
  | readonly TemplateValue[]
  | { readonly [name: string]: TemplateValue };

/** Takes from what one evaluation may cost. @throws when nothing is left */
export type Charge = (cost: number) => void;

/** What going through a list costs for each of its items, and putting labels in order for each of them. */
export const EACH = 10;

/** A value as text; nothing of what is not there. Its characters are charged for. */
export function shown(value: TemplateValue, charge: Charge): string {
  if (typeof value !== 'object') {
    const text = String(value);
    charge(text.length);
    return text;
  }
  if (isList(value)) {
    charge(value.length);
    return value.map((one) => shown(one, charge)).join(' ');
  }
  return entriesOf(value, charge)
    .map(([name, one]) => `${name}=${shown(one, charge)}`)
    .join(' ');
}

/** Null for a text that is no number. */
export function numberOf(text: string): number | null {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isNaN(number) ? null : number;
}

/** As Go's templates have it: empty texts, lists and mappings, 0 and false are not. */
export function isTrue(value: TemplateValue): boolean {
  if (typeof value !== 'object') return value !== '' && value !== 0 && value !== false;
  if (isList(value)) return value.length > 0;
  // In constant time: conditions cost the same whatever they are about.
  for (const _ in value) return true;
  return false;
}

export function sizeOf(value: object): number {
  return Array.isArray(value) ? value.length : Object.keys(value).length;
}

/** What `range` goes through: of a mapping its pairs. */
export function listOf(value: TemplateValue, charge: Charge): readonly TemplateValue[] {
  if (typeof value !== 'object') return value === '' ? [] : [value];
  return Array.isArray(value) ? value : entriesOf(value, charge).map(([Name, Value]) => ({ Name, Value }));
}

export function entriesOf(value: TemplateValue, charge: Charge): [name: string, value: TemplateValue][] {
  if (typeof value !== 'object' || Array.isArray(value)) return [];
  const entries = Object.entries(value);
  charge(EACH * entries.length);
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** An item of a list by its number, or what stands under a name; nothing where there is none. */
export function within(value: TemplateValue, key: TemplateValue): TemplateValue {
  if (typeof value !== 'object') return '';
  const name = String(key);
  if (!Object.hasOwn(value, name)) return '';
  if (isList(value)) return (typeof key === 'number' ? value[key] : undefined) ?? '';
  return value[name] ?? '';
}

function isList(value: object): value is readonly TemplateValue[] {
  return Array.isArray(value);
}
