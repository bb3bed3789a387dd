import { beginningOf } from '../../../../shared/core/beginning-of.js';
import { compilePattern } from '../../../../shared/core/pattern.js';
import { durationText, scaled, scaledUp, significant } from './humanized.js';
import { PATTERN, patternOf, replaced } from './patterns.js';
import { checkFormat, formatted } from './printf.js';
import {
  type Charge,
  entriesOf,
  isTrue,
  listOf,
  numberOf,
  shown,
  sizeOf,
  type TemplateValue,
  within,
} from './values.js';

/** Of each argument what is written; null for what is found out when a template is filled in. */
type Literals = readonly (TemplateValue | null)[];

interface TemplateFunction {
  readonly least: number;
  /** Default: as many as at least. */
  readonly most?: number;
  /** In words. */
  readonly takes: string;
  /** What is wrong with arguments that are literals (null for others); null for nothing. */
  readonly check?: (literals: Literals) => string | null;
  readonly call: (args: readonly TemplateValue[], charge: Charge) => TemplateValue;
}

const text = (call: (value: string) => TemplateValue): TemplateFunction => ({
  ...{ least: 1, takes: 'one value' },
  call: ([value = ''], charge) => call(shown(value, charge)),
});
const figure = (call: (value: number) => string): TemplateFunction => ({
  ...{ least: 1, takes: 'one number' },
  call([value = ''], charge) {
    const written = shown(value, charge);
    const number = numberOf(written);
    return number !== null && Number.isFinite(number) ? call(number) : written;
  },
});
const patternFirst = ([pattern]: Literals): string | null => {
  if (typeof pattern !== 'string') return 'its pattern must be a text';
  const compiled = compilePattern(pattern, PATTERN);
  return typeof compiled === 'string' ? `its pattern ${compiled}` : null;
};

/** Numbers by size, anything else by its letters. */
const comparison = (holds: (order: number) => boolean): TemplateFunction => ({
  ...{ least: 2, takes: 'two values' },
  call([a = '', b = ''], charge) {
    const [left, right] = [shown(a, charge), shown(b, charge)];
    const order = (numberOf(left) ?? Number.NaN) - (numberOf(right) ?? Number.NaN);
    if (!Number.isNaN(order)) return holds(order);
    return holds(left < right ? -1 : left > right ? 1 : 0);
  },
});

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
    call([value = ''], charge) {
      if (typeof value !== 'object') return String(value).length;
      charge(sizeOf(value));
      return sizeOf(value);
    },
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
    ...{ least: 2, most: 10, takes: 'a value, and those of which it may be one' },
    call([a = '', ...others], charge) {
      const text = shown(a, charge);
      return others.some((one) => shown(one, charge) === text);
    },
  },
  ne: {
    ...{ least: 2, takes: 'two values' },
    call: ([a = '', b = ''], charge) => shown(a, charge) !== shown(b, charge),
  },
  not: { ...{ least: 1, takes: 'one value' }, call: ([value = '']) => !isTrue(value) },
  lt: comparison((order) => order < 0),
  le: comparison((order) => order <= 0),
  gt: comparison((order) => order > 0),
  ge: comparison((order) => order >= 0),
  // Of both the value that decides, as in Go: `or .Annotations.summary .Annotations.description`.
  and: {
    ...{ least: 1, most: 10, takes: 'values' },
    call: (all) => all.find((one) => !isTrue(one)) ?? all.at(-1) ?? '',
  },
  or: { ...{ least: 1, most: 10, takes: 'values' }, call: (all) => all.find(isTrue) ?? all.at(-1) ?? '' },
  index: {
    ...{ least: 2, most: 5, takes: 'a list or labels, and a number or name' },
    call: ([value = '', ...keys]) => keys.reduce(within, value),
  },
  stringSlice: {
    ...{ least: 1, most: 20, takes: 'values' },
    call: (all, charge) => all.map((one) => shown(one, charge)),
  },
  without: {
    ...{ least: 2, takes: 'labels, and a list of names that are left out' },
    call([value = '', names = ''], charge) {
      const left = new Set(listOf(names, charge).map((name) => shown(name, charge)));
      return Object.fromEntries(entriesOf(value, charge).filter(([name]) => !left.has(name)));
    },
  },
  print: {
    ...{ least: 1, most: 20, takes: 'values' },
    call: (all, charge) => all.map((one) => shown(one, charge)).join(''),
  },
  printf: {
    ...{ least: 1, most: 20, takes: 'a format and its values', check: checkFormat },
    call: ([format = '', ...all], charge) => formatted(shown(format, charge), all, charge),
  },
  humanize: figure((value) =>
    Math.abs(value) < 1
      ? scaledUp(value)
      : scaled(value, 1_000, ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y']),
  ),
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
