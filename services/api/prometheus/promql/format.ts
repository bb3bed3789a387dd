import { formatValue } from './functions/numbers.js';
import { isLabelName, METRIC_NAME } from './model/labels.js';
import type { Matcher } from './model/matchers.js';
import type { Aggregation, Binary, Expression, Matching, Timing, VectorSelector } from './syntax/ast.js';
import { typeOf } from './syntax/check.js';
import { formatDuration } from './syntax/literals.js';

/** Longer expressions are put on several lines, in bytes. */
const LINE = 100;

/** An expression as Prometheus writes it: on one line, or with its parts on lines of their own where it is long. */
export const formatExpression = (expression: Expression): string => pretty(expression, 0);

const indent = (level: number) => '  '.repeat(level);

function pretty(expression: Expression, level: number): string {
  const line = textOf(expression);
  const isShort = Buffer.byteLength(line) <= LINE;
  const inner = (each: Expression) => pretty(each, level + 1);
  switch (expression.kind) {
    case 'subquery':
      // As in Prometheus 2.42, which does not indent it.
      return isShort ? line : pretty(expression.operand, level) + suffixOf(expression);
    case 'negation':
    case 'plus':
      return `${indent(level)}${expression.kind === 'plus' ? '+' : '-'}${pretty(expression.operand, level).trim()}`;
    case 'number':
    case 'string':
    case 'selector':
    case 'range':
      return indent(level) + line;
    default:
      if (isShort) return indent(level) + line;
  }
  const end = `\n${indent(level)})`;
  switch (expression.kind) {
    case 'aggregation': {
      const parts = [...(expression.parameter === null ? [] : [expression.parameter]), expression.operand];
      return `${indent(level)}${aggregatorOf(expression)}(\n${parts.map(inner).join(',\n')}${end}`;
    }
    case 'call':
      return `${indent(level)}${nameOf(expression.name)}(\n${expression.args.map(inner).join(',\n')}${end}`;
    case 'brackets':
      return `${indent(level)}(\n${inner(expression.operand)}${end}`;
    case 'binary':
      return `${inner(expression.left)}\n${indent(level)}${operatorOf(expression)}\n${inner(expression.right)}`;
  }
}

/** On one line. */
function textOf(expression: Expression): string {
  switch (expression.kind) {
    case 'number':
      return numberOf(expression.value);
    case 'string':
      return quoted(expression.value);
    case 'selector':
      return selectorOf(expression) + timingOf(expression.timing);
    case 'range':
      return `${selectorOf(expression)}[${formatDuration(expression.range)}]${timingOf(expression.timing)}`;
    case 'subquery':
      return textOf(expression.operand) + suffixOf(expression);
    case 'call':
      return `${nameOf(expression.name)}(${expression.args.map(textOf).join(', ')})`;
    case 'aggregation': {
      const parameter = expression.parameter === null ? '' : `${textOf(expression.parameter)}, `;
      return `${aggregatorOf(expression)}(${parameter}${textOf(expression.operand)})`;
    }
    case 'binary':
      return `${textOf(expression.left)} ${operatorOf(expression)} ${textOf(expression.right)}`;
    case 'negation':
      return `-${textOf(expression.operand)}`;
    case 'plus':
      return `+${textOf(expression.operand)}`;
    case 'brackets':
      return `(${textOf(expression.operand)})`;
  }
}

const nameOf = (name: string) => (name === 'double_exponential_smoothing' ? 'holt_winters' : name);

function aggregatorOf({ operator, grouping: { without, labels } }: Aggregation): string {
  if (!without && labels.length === 0) return operator;
  return `${operator} ${without ? 'without' : 'by'} (${labels.map(labelOf).join(', ')}) `;
}

function operatorOf({ operator, bool, matching, left, right }: Binary): string {
  const areVectors = typeOf(left) === 'vector' && typeOf(right) === 'vector';
  return `${operator}${bool ? ' bool' : ''}${areVectors ? matchingOf(matching) : ''}`;
}

function matchingOf({ on, labels, many, include }: Matching): string {
  if (!on && labels.length === 0 && many === null) return '';
  const shown = (names: readonly string[]) => `(${names.map(labelOf).join(', ')})`;
  const group = many === null ? '' : ` group_${many} ${shown(include)}`;
  return ` ${on ? 'on' : 'ignoring'} ${shown(labels)}${group}`;
}

function suffixOf({ range, step, timing }: Extract<Expression, { kind: 'subquery' }>): string {
  return `[${formatDuration(range)}:${step === null ? '' : formatDuration(step)}]${timingOf(timing)}`;
}

function timingOf({ at, offset }: Timing): string {
  const time = at === null ? '' : ` @ ${typeof at === 'string' ? `${at}()` : (at / 1_000).toFixed(3)}`;
  if (offset === 0) return time;
  return `${time} offset ${offset < 0 ? '-' : ''}${formatDuration(Math.abs(offset))}`;
}

const isMetricName = (text: string) => /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(text);
const labelOf = (name: string) => (isLabelName(name) ? name : quoted(name));

function selectorOf({ name, matchers }: Pick<VectorSelector, 'name' | 'matchers'>): string {
  const shown = name !== null && isMetricName(name) ? name : '';
  const isShown = (each: Matcher) =>
    each.name === METRIC_NAME && each.operator === '=' && each.value === shown;
  const labels = matchers
    .filter((each) => shown === '' || !isShown(each))
    .map(({ name: label, operator, value }) => `${labelOf(label)}${operator}${quoted(value)}`)
    .sort();
  return labels.length === 0 ? shown : `${shown}{${labels.join(',')}}`;
}

/** A number as Go writes it: with an exponent where that of its first digit is less than -4, or 6 or more. */
function numberOf(value: number): string {
  if (!Number.isFinite(value) || value === 0) return formatValue(value);
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  if (Number(exponent) >= -4 && Number(exponent) < 6) return String(value);
  return `${digits}e${exponent.replace(/^([+-])(\d)$/, '$10$2')}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

/** In double quotes, what cannot be seen by its number. */
function quoted(text: string): string {
  const inner = text.replaceAll(/["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (character) => {
    const short = ESCAPES[character];
    if (short !== undefined) return short;
    const code = (character.codePointAt(0) ?? 0).toString(16);
    if (code.length <= 2 && Number.parseInt(code, 16) < 0x80) return `\\x${code.padStart(2, '0')}`;
    return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`;
  });
  return `"${inner}"`;
}
