import { beginningOf } from '../../../../shared/core/beginning-of.js';
import type { Expression } from './expressions.js';
import { functionOf } from './functions.js';
import { type Node, parse } from './parse.js';
import { TemplateMistake } from './tokens.js';
import { type Charge, EACH, entriesOf, isTrue, listOf, shown, type TemplateValue, within } from './values.js';

/** A title or text of a channel's notifications, ready to be filled in. */
export interface ChannelTemplate {
  /** As it is written: by it a change of the file is noticed. */
  readonly source: string;
  /** Null where it would take too long, is a body that is too long, or fails: labels and their number are the senders' choice. */
  render(data: TemplateValue): string | null;
}

/** Longest source of a template. */
export const MAX_TEMPLATE = 8_000;
/** Longest text that is made of one; what is beyond is cut. */
const MAX_RENDERED = 16_000;
/** Longest body: a part of it would be refused for good. */
const MAX_BODY = 256_000;
/** What one evaluation may cost: nodes, items, characters that are copied and instructions of patterns; some 20 ms. */
const MAX_COST = 2_000_000;

class TooMuch extends Error {}

/**
 * @param makes a text, which may be cut, or a body, of which a part is worth nothing
 * @returns the template, or what is wrong with the text in words
 */
export function compileChannelTemplate(
  source: string,
  makes: 'text' | 'body' = 'text',
): ChannelTemplate | string {
  if (source.length > MAX_TEMPLATE) return `is longer than ${MAX_TEMPLATE} characters`;
  let nodes: readonly Node[];
  try {
    nodes = parse(source);
  } catch (error) {
    if (error instanceof TemplateMistake) return `${error.message} (${placeOf(source, error.at)})`;
    throw error;
  }
  return { source, render: (data) => rendered(nodes, data, makes) };
}

function placeOf(source: string, at: number): string {
  const lines = source.slice(0, at).split('\n');
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1} of the template`;
}

function rendered(nodes: readonly Node[], data: TemplateValue, makes: 'text' | 'body'): string | null {
  const most = makes === 'text' ? MAX_RENDERED : MAX_BODY;
  let left = MAX_COST;
  const charge: Charge = (cost) => {
    left -= cost;
    if (left < 0) throw new TooMuch();
  };
  const parts: string[] = [];
  let length = 0;
  const put = (text: string) => {
    if (length > most) return;
    charge(text.length);
    parts.push(text);
    length += text.length;
  };
  try {
    walk(nodes, { data, dot: data, variables: [], charge, put });
  } catch {
    // Whatever it is: somebody has to be notified.
    return null;
  }
  const text = parts.join('');
  if (text.length <= most) return text;
  return makes === 'text' ? `${beginningOf(text, most)}...` : null;
}

interface Scope {
  readonly data: TemplateValue;
  /** The present item. */
  readonly dot: TemplateValue;
  /** By their numbers. */
  readonly variables: TemplateValue[];
  readonly charge: Charge;
  readonly put: (text: string) => void;
}

function walk(nodes: readonly Node[], scope: Scope): void {
  for (const node of nodes) {
    scope.charge(1);
    if (node.kind === 'text') {
      scope.put(node.text);
      continue;
    }
    const value = evaluated(node.value, scope);
    if (node.kind === 'output') scope.put(shown(value, scope.charge));
    else if (node.kind === 'range') range(node, value, scope);
    else {
      if (node.variable !== null) scope.variables[node.variable] = value;
      if (node.kind === 'set') continue;
      if (!isTrue(value)) walk(node.other, scope);
      else walk(node.body, node.kind === 'with' ? { ...scope, dot: value } : scope);
    }
  }
}

/** Of labels the present items are pairs, and the variables name and value. */
function range(node: Extract<Node, { kind: 'range' }>, value: TemplateValue, scope: Scope): void {
  const { key, variable, body, other } = node;
  const items = listOf(value, scope.charge);
  scope.charge(EACH * items.length);
  if (items.length === 0) walk(other, scope);
  const areLabels = typeof value === 'object' && !Array.isArray(value);
  for (const [i, dot] of items.entries()) {
    if (key !== null) scope.variables[key] = areLabels ? within(dot, 'Name') : i;
    if (variable !== null) scope.variables[variable] = areLabels ? within(dot, 'Value') : dot;
    walk(body, { ...scope, dot });
  }
}

function evaluated(expression: Expression, scope: Scope): TemplateValue {
  if (expression.kind === 'literal') return expression.value;
  if (expression.kind === 'path') return pathOf(expression, scope);
  scope.charge(1 + EACH * expression.operands.length);
  const args = expression.operands.map((operand) => evaluated(operand, scope));
  const result = functionOf(expression.name)?.call(args, scope.charge) ?? '';
  scope.charge(typeof result === 'string' ? result.length : 0);
  return result;
}

function pathOf({ from, names }: Extract<Expression, { kind: 'path' }>, scope: Scope): TemplateValue {
  let value: TemplateValue;
  if (from === 'item') value = scope.dot;
  else if (from === 'whole') value = scope.data;
  else value = typeof from === 'number' ? (scope.variables[from] ?? '') : evaluated(from, scope);
  for (const name of names) {
    scope.charge(1);
    value = memberOf(value, name, scope.charge);
  }
  return value;
}

function memberOf(of: TemplateValue, name: string, charge: Charge): TemplateValue {
  if (typeof of !== 'object') return '';
  if (Array.isArray(of)) {
    charge(of.length);
    if (name === 'Firing' || name === 'Resolved') return withStatus(of, name.toLowerCase());
    if (name === 'Names' || name === 'Values') return of.map((pair) => within(pair, name.slice(0, -1)));
    return within(of, name);
  }
  const own = within(of, name);
  if (own !== '' || Object.hasOwn(of, name)) return own;
  // What Alertmanager's labels have.
  if (name === 'SortedPairs') return labelsOf(of, charge).map(([Name, Value]) => ({ Name, Value }));
  if (name === 'Names') return labelsOf(of, charge).map(([one]) => one);
  return name === 'Values' ? labelsOf(of, charge).map(([, one]) => one) : '';
}

/** In the order of their names, but for the name of the alert, which is first. */
function labelsOf(of: TemplateValue, charge: Charge): [name: string, value: TemplateValue][] {
  const isNamed = (name: string) => Number(name === 'alertname');
  return entriesOf(of, charge).sort(([a], [b]) => isNamed(b) - isNamed(a));
}

/** `.Alerts.Firing` and `.Alerts.Resolved`. */
function withStatus(alerts: readonly TemplateValue[], status: string): TemplateValue {
  return alerts.filter((alert) => within(alert, 'Status') === status);
}
