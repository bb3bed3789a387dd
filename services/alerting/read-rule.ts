import { globMatcher } from '../../shared/core/glob.js';
import { compileCondition } from './condition.js';
import { DURATION_ALLOWED, parseDuration } from './duration.js';
import { RESERVED_LABELS } from './labels.js';
import { RESERVED_ANNOTATIONS } from './resolution.js';
import type { Rule, RuleInput } from './rule.js';
import { compileTemplate, type Template } from './template.js';

/** Is told what is wrong with a key, and what is allowed there. */
export type Complain = (key: string, what: string) => void;

const KEYS = [
  'name',
  'on',
  'window',
  'metric',
  'tenant',
  'expr',
  'for',
  'staleAfter',
  'severity',
  'groupBy',
  'labels',
  'annotations',
];
const INPUTS = ['window', 'anomaly'] as const;
const SEVERITIES = ['info', 'warning', 'critical'] as const;
const LABEL_NAME = /^[A-Za-z_][A-Za-z0-9_.]{0,99}$/;
const MAX_TEXT = 2_000;

/** One rule from its YAML values; null if anything is wrong, all of which `complain` is told. */
export function readRule(values: Readonly<Record<string, unknown>>, complain: Complain): Rule | null {
  let good = true;
  const wrong: Complain = (key, what) => {
    good = false;
    complain(key, what);
  };
  for (const key of Object.keys(values))
    if (!KEYS.includes(key)) wrong(key, `unknown key; allowed are ${KEYS.join(', ')}`);

  const text = (key: string, allowed: string, pattern: RegExp, fallback?: string): string => {
    const value = values[key] ?? fallback;
    if (typeof value === 'string' && pattern.test(value)) return value;
    wrong(key, value === undefined ? `is missing; must be ${allowed}` : must(allowed, value));
    return '';
  };
  const choice = <T extends string>(key: string, choices: readonly T[], fallback: T): T => {
    const value = values[key] ?? fallback;
    const found = choices.find((c) => c === value);
    if (found === undefined) wrong(key, must(`one of ${choices.join(', ')}`, value));
    return found ?? fallback;
  };
  const duration = (key: string): number | null => {
    const value = values[key];
    if (value === undefined || value === null) return null;
    const ms = typeof value === 'string' ? parseDuration(value) : null;
    if (ms === null) wrong(key, must(DURATION_ALLOWED, value));
    return ms;
  };

  const name = text('name', '1 to 100 of A-Z a-z 0-9 _ . : -', /^[A-Za-z0-9_.:-]{1,100}$/);
  const on = choice<RuleInput>('on', INPUTS, 'window');
  const glob = '1 to 200 characters, * for any run of them';
  const metric = text('metric', glob, /^.{1,200}$/, '*');
  const tenant = text('tenant', glob, /^.{1,200}$/, '*');
  const window =
    on === 'anomaly' && values.window === undefined
      ? null
      : text('window', 'the name of a window definition', /^[^\p{Cc}|]{1,200}$/u);
  const expr = text(
    'expr',
    `a condition in CEL of 1 to ${MAX_TEXT} characters`,
    new RegExp(`^[^]{1,${MAX_TEXT}}$`),
  );
  const condition = expr === '' ? '' : compileCondition(expr, on);
  if (typeof condition === 'string' && expr !== '') wrong('expr', `${condition}: value was ${show(expr)}`);
  const forMs = duration('for') ?? 0;
  if (on === 'anomaly' && forMs > 0)
    wrong('for', 'is allowed with `on: window` only: an anomaly is an event, it does not hold');
  const staleAfterMs = duration('staleAfter');
  if (staleAfterMs !== null && staleAfterMs < 1_000)
    wrong('staleAfter', must('at least 1s', values.staleAfter));
  const severity = choice('severity', SEVERITIES, 'warning');
  const groupBy = readGroupBy(values.groupBy, wrong);
  const labels = readTexts('labels', values.labels, RESERVED_LABELS, wrong);
  const annotations = readAnnotations(values.annotations, on, wrong);
  if (!good || typeof condition === 'string') return null;
  return {
    name,
    on,
    window,
    metric: globMatcher(metric),
    tenant: globMatcher(tenant),
    condition,
    forMs,
    staleAfterMs,
    severity,
    groupBy,
    labels,
    annotations,
  };
}

function readGroupBy(value: unknown, wrong: Complain): readonly string[] | null {
  if (value === undefined || value === null || value === 'series') return null;
  const isTag = (tag: unknown): tag is string => typeof tag === 'string' && tag !== '' && tag.length <= 200;
  if (Array.isArray(value) && value.every(isTag) && new Set(value).size === value.length) return value;
  wrong('groupBy', must('`series` or a list of different tag names', value));
  return null;
}

function readTexts(
  key: string,
  value: unknown,
  reserved: readonly string[],
  wrong: Complain,
): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    wrong(key, must('a mapping of names to texts', value));
    return {};
  }
  for (const [name, text] of Object.entries(value)) {
    if (!LABEL_NAME.test(name)) wrong(key, must('named by letters, digits, _ and .', name));
    if (reserved.includes(name)) wrong(key, `${name} is set by Tactus; allowed is any other name`);
    if (typeof text !== 'string' || text.length > MAX_TEXT)
      wrong(key, `${name}: ${must(`text of at most ${MAX_TEXT} characters`, text)}`);
  }
  return value as Record<string, string>;
}

function readAnnotations(value: unknown, on: RuleInput, wrong: Complain): Record<string, Template> {
  const templates: Record<string, Template> = {};
  for (const [name, text] of Object.entries(readTexts('annotations', value, RESERVED_ANNOTATIONS, wrong))) {
    if (typeof text !== 'string') continue;
    const template = compileTemplate(text, on);
    if (typeof template === 'string') wrong('annotations', `${name}: ${template}`);
    else templates[name] = template;
  }
  return templates;
}

function must(allowed: string, value: unknown): string {
  return `must be ${allowed}: value was ${show(value)}`;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 200 ? text : `${text.slice(0, 200)}...`;
}
