import { beginningOf } from '../../../../shared/core/beginning-of.js';
import { Lru } from '../../../../shared/core/lru.js';
import { compilePattern, type Pattern } from '../../../../shared/core/pattern.js';

/** What templates calculate with. */
export type TemplateValue =
  | string
  | number
  | boolean
  | readonly TemplateValue[]
  | { readonly [name: string]: TemplateValue };

/** Takes from what one evaluation may cost. @throws when nothing is left */
export type Charge = (cost: number) => void;

interface TemplateFunction {
  readonly least: number;
  /** Default: as many as at least. */
  readonly most?: number;
  /** In words. */
  readonly takes: string;
  /** What is wrong with arguments that are literals (null for others); null for nothing. */
  readonly check?: (literals: readonly (string | number | null)[]) => string | null;
  readonly call: (args: readonly TemplateValue[], charge: Charge) => TemplateValue;
}

/** Instructions of a pattern: those of templates take short texts apart. */
const MAX_PROGRAM = 200;
const PATTERN = { whole: false, maxLength: 200, maxProgram: MAX_PROGRAM };
/** What compiling costs, for each instruction. */
const COMPILING = 100;
const MAX_CACHED = 100;
/** What going through a list costs for each of its items, and putting labels in order for each of them. */
export const EACH = 10;

const text = (call: (value: string) => TemplateValue): TemplateFunction => ({
  ...{ least: 1, takes: 'one value' },
  call: ([value = ''], charge) => call(shown(value, charge)),
});
const figure = (call: (value: number) => string): TemplateFunction => ({
  ...{ least: 1, takes: 'one number' },
  call([value = ''], charge) {
    const written = shown(value, charge);
    const number = typeof value === 'number' ? value : Number.parseFloat(written);
    return Number.isFinite(number) ? call(number) : written;
  },
});
const patternFirst = ([pattern]: readonly (string | number | null)[]): string | null => {
  if (typeof pattern !== 'string') return 'its pattern must be a text';
  const compiled = compilePattern(pattern, PATTERN);
  return typeof compiled === 'string' ? `its pattern ${compiled}` : null;
};

/** Alertmanager's and Prometheus' functions, and some more, by their names. */
const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  toUpper: text((value) => value.toUpperCase()),
  toLower: text((value) => value.toLowerCase()),
  title: text((value) => value.replace(/(^|\s)\p{Ll}/gu, (letter) => letter.toUpperCase())),
  trimSpace: text((value) => value.trim()),
  urlquery: text((value) => encodeURIComponent(value.toWellFormed())),
  toJson: {
    ...{ least: 1, takes: 'one value' },
    call: ([value = '']) => JSON.stringify(value),
  },
  join: {
    ...{ least: 2, takes: 'what stands between, and a list' },
    call: ([between = '', list = ''], charge) =>
      listOf(list, charge)
        .map((one) => shown(one, charge))
        .join(shown(between, charge)),
  },
  match: {
    ...{ least: 2, takes: 'a pattern and a text', check: patternFirst },
    call([pattern = '', value = ''], charge) {
      const compiled = patternOf(shown(pattern, charge), charge);
      const whole = shown(value, charge);
      charge(compiled.size * (1 + whole.length));
      return compiled.test(whole);
    },
  },
  reReplaceAll: {
    ...{ least: 3, takes: 'a pattern, what stands in its place, and a text', check: patternFirst },
    call: ([pattern = '', by = '', value = ''], charge) =>
      replaced(patternOf(shown(pattern, charge), charge), shown(by, charge), shown(value, charge), charge),
  },
  default: {
    ...{ least: 2, takes: 'what stands for an empty value, and the value' },
    call: ([other = '', value = '']) => (isTrue(value) ? value : other),
  },
  truncate: {
    ...{ least: 2, takes: 'a number of characters, and a text' },
    call([most = 0, value = ''], charge) {
      const length = Math.max(0, Number(most) || 0);
      const whole = shown(value, charge);
      return whole.length <= length ? whole : `${beginningOf(whole, length)}...`;
    },
  },
  len: {
    ...{ least: 1, takes: 'one value' },
    call: ([value = '']) => (typeof value === 'object' ? sizeOf(value) : String(value).length),
  },
  names: {
    ...{ least: 1, takes: 'labels' },
    call: ([value = ''], charge) => entriesOf(value, charge).map(([name]) => name),
  },
  values: {
    ...{ least: 1, takes: 'labels' },
    call: ([value = ''], charge) => entriesOf(value, charge).map(([, one]) => one),
  },
  pairs: {
    ...{ least: 1, takes: 'labels' },
    call: ([value = ''], charge) =>
      entriesOf(value, charge).map(([name, one]) => `${name}=${shown(one, charge)}`),
  },
  eq: {
    ...{ least: 2, takes: 'two values' },
    call: ([a = '', b = ''], charge) => shown(a, charge) === shown(b, charge),
  },
  ne: {
    ...{ least: 2, takes: 'two values' },
    call: ([a = '', b = ''], charge) => shown(a, charge) !== shown(b, charge),
  },
  not: { ...{ least: 1, takes: 'one value' }, call: ([value = '']) => !isTrue(value) },
  and: { ...{ least: 2, most: 10, takes: 'values' }, call: (all) => all.every(isTrue) },
  or: { ...{ least: 2, most: 10, takes: 'values' }, call: (all) => all.some(isTrue) },
  humanize: figure((value) => scaled(value, 1_000, ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'])),
  humanize1024: figure((value) => scaled(value, 1_024, ['', 'ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'])),
  humanizePercentage: figure((value) => `${significant(value * 100)}%`),
  humanizeDuration: figure(durationText),
  humanizeTimestamp: figure((seconds) => {
    const time = new Date(seconds * 1_000);
    return Number.isNaN(time.getTime()) ? String(seconds) : time.toISOString();
  }),
};

export const FUNCTION_NAMES: readonly string[] = Object.keys(FUNCTIONS);

/** Undefined for a name that is that of no function. */
export function functionOf(name: string): TemplateFunction | undefined {
  return Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
}

/** A value as text; nothing of what is not there. Its characters are charged for. */
export function shown(value: TemplateValue, charge: Charge): string {
  if (typeof value !== 'object') {
    const text = String(value);
    charge(text.length);
    return text;
  }
  return Array.isArray(value)
    ? value.map((one) => shown(one, charge)).join(' ')
    : entriesOf(value, charge)
        .map(([n, v]) => `${n}=${shown(v, charge)}`)
        .join(' ');
}

/** As Go's templates have it: empty texts, lists and mappings, 0 and false are not. */
export function isTrue(value: TemplateValue): boolean {
  if (typeof value !== 'object') return value !== '' && value !== 0 && value !== false;
  return sizeOf(value) > 0;
}

function sizeOf(value: object): number {
  return Array.isArray(value) ? value.length : Object.keys(value).length;
}

/** What `range` goes through: of a mapping its pairs. */
export function listOf(value: TemplateValue, charge: Charge): readonly TemplateValue[] {
  if (typeof value !== 'object') return value === '' ? [] : [value];
  return Array.isArray(value) ? value : entriesOf(value, charge).map(([Name, Value]) => ({ Name, Value }));
}

function entriesOf(value: TemplateValue, charge: Charge): [name: string, value: TemplateValue][] {
  if (typeof value !== 'object' || Array.isArray(value)) return [];
  const entries = Object.entries(value);
  charge(EACH * entries.length);
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

const patterns = new Lru<string, Pattern>(MAX_CACHED);

/** Patterns are few: they stand in the file, and were checked. */
function patternOf(source: string, charge: Charge): Pattern {
  const known = patterns.get(source);
  if (known !== undefined) return known;
  const pattern = compilePattern(source, PATTERN);
  if (typeof pattern === 'string') throw new Error(`pattern ${pattern}`);
  patterns.set(source, pattern);
  charge(COMPILING * pattern.size);
  return pattern;
}

/** `$1`, `${1}` and `$$` are as in Go. Each match is charged for what is left of the text, and for what is put there. */
function replaced(pattern: Pattern, by: string, value: string, charge: Charge): string {
  let text = '';
  let at = 0;
  charge(pattern.size * (1 + value.length));
  for (const { start, end, groups } of pattern.matches(value)) {
    text += value.slice(at, start);
    text += by.replace(/\$(?:(\$)|(\d{1,2})|\{(\d{1,2})\})/g, (_, dollar, plain, braced) => {
      const group = dollar === undefined ? (groups[Number(plain ?? braced)] ?? '') : '$';
      charge(group.length);
      return group;
    });
    at = end;
    charge(pattern.size * (1 + value.length - start) + text.length);
  }
  return text + value.slice(at);
}

function scaled(value: number, step: number, units: readonly string[]): string {
  let rest = value;
  let unit = 0;
  for (; Math.abs(rest) >= step && unit < units.length - 1; unit += 1) rest /= step;
  return `${significant(rest)}${units[unit]}`;
}

function significant(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function durationText(value: number): string {
  if (Math.abs(value) < 1) return value === 0 ? '0s' : `${significant(value * 1_000)}ms`;
  let seconds = Math.floor(Math.abs(value));
  const parts: string[] = [];
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const amount = Math.floor(seconds / size);
    seconds -= amount * size;
    if (amount > 0 || parts.length > 0 || unit === 's') parts.push(`${amount}${unit}`);
  }
  return `${value < 0 ? '-' : ''}${parts.join(' ')}`;
}
