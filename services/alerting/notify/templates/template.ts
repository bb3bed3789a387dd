import { beginningOf } from '../../../../shared/core/beginning-of.js';
import { type Charge, EACH, functionOf, isTrue, listOf, shown, type TemplateValue } from './functions.js';
import { type Call, type Node, type Operand, type Pipeline, parse, TemplateMistake } from './parse.js';

/** A title or text of a channel's notifications, ready to be filled in. */
export interface ChannelTemplate {
  /** As it is written: by it a change of the file is noticed. */
  readonly source: string;
  /** Null where it would take too long: labels and their number are the senders' choice. */
  render(data: TemplateValue): string | null;
}

/** Longest source of a template. */
export const MAX_TEMPLATE = 8_000;
/** Longest text that is made of one; what is beyond is cut. */
const MAX_RENDERED = 16_000;
/** What one evaluation may cost: nodes, items, characters that are copied and instructions of patterns; some 20 ms. */
const MAX_COST = 2_000_000;

class TooMuch extends Error {}

/** @returns the template, or what is wrong with the text in words */
export function compileChannelTemplate(source: string): ChannelTemplate | string {
  if (source.length > MAX_TEMPLATE) return `is longer than ${MAX_TEMPLATE} characters`;
  let nodes: readonly Node[];
  try {
    nodes = parse(source);
  } catch (error) {
    if (error instanceof TemplateMistake) return error.message;
    throw error;
  }
  return { source, render: (data) => rendered(nodes, data) };
}

function rendered(nodes: readonly Node[], data: TemplateValue): string | null {
  let left = MAX_COST;
  const charge: Charge = (cost) => {
    left -= cost;
    if (left < 0) throw new TooMuch();
  };
  const parts: string[] = [];
  let length = 0;
  const put = (text: string) => {
    if (length > MAX_RENDERED) return;
    charge(text.length);
    parts.push(text);
    length += text.length;
  };
  try {
    walk(nodes, { data, dot: data, charge, put });
  } catch (error) {
    if (error instanceof TooMuch) return null;
    throw error;
  }
  const text = parts.join('');
  return text.length <= MAX_RENDERED ? text : `${beginningOf(text, MAX_RENDERED)}...`;
}

interface Scope {
  readonly data: TemplateValue;
  /** The present item. */
  readonly dot: TemplateValue;
  readonly charge: Charge;
  readonly put: (text: string) => void;
}

function walk(nodes: readonly Node[], scope: Scope): void {
  for (const node of nodes) {
    scope.charge(1);
    if (node.kind === 'text') scope.put(node.text);
    else if (node.kind === 'output') scope.put(shown(evaluated(node.value, scope), scope.charge));
    else if (node.kind === 'if') walk(isTrue(evaluated(node.value, scope)) ? node.body : node.other, scope);
    else {
      const items = listOf(evaluated(node.value, scope), scope.charge);
      scope.charge(EACH * items.length);
      if (items.length === 0) walk(node.other, scope);
      for (const dot of items) walk(node.body, { ...scope, dot });
    }
  }
}

function evaluated(pipeline: Pipeline, scope: Scope): TemplateValue {
  let piped: TemplateValue | undefined;
  for (const stage of pipeline) {
    if ('kind' in stage) piped = operandOf(stage, scope);
    else piped = called(stage, piped, scope);
  }
  return piped ?? '';
}

function called({ name, operands }: Call, piped: TemplateValue | undefined, scope: Scope): TemplateValue {
  const args = operands.map((operand) => operandOf(operand, scope));
  if (piped !== undefined) args.push(piped);
  const result = functionOf(name)?.call(args, scope.charge) ?? '';
  scope.charge(1 + (typeof result === 'string' ? result.length : 0));
  return result;
}

function operandOf(operand: Operand, { data, dot, charge }: Scope): TemplateValue {
  if (operand.kind === 'literal') return operand.value;
  let value: TemplateValue = operand.root ? data : dot;
  for (const name of operand.names) {
    charge(1);
    const of = value;
    if (Array.isArray(of) && (name === 'Firing' || name === 'Resolved')) {
      value = withStatus(of, name.toLowerCase());
      charge(of.length);
      continue;
    }
    if (typeof of !== 'object' || Array.isArray(of) || !Object.hasOwn(of, name)) return '';
    value = (of as Readonly<Record<string, TemplateValue>>)[name] ?? '';
  }
  return value;
}

/** `.Alerts.Firing` and `.Alerts.Resolved`. */
function withStatus(alerts: readonly TemplateValue[], status: string): TemplateValue {
  return alerts.filter((alert) => (alert as { readonly Status?: TemplateValue }).Status === status);
}
