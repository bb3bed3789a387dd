import type { SyntaxNode } from '@lezer/common';
import { invalid } from '../model/faults.js';
import { METRIC_NAME } from '../model/labels.js';
import { type Matcher, MatcherMaker, type MatchOperator } from '../model/matchers.js';
import {
  AGGREGATORS,
  type Aggregator,
  type BinaryOperator,
  type Expression,
  type Grouping,
  type Matching,
} from './ast.js';
import { checkedAggregation, checkedCall } from './check.js';
import { parseDuration, parseNumber, parseString } from './literals.js';
import { type Item, type Modifier, resolve } from './operators.js';
import { isFunctionName } from './signatures.js';
import { asGrammarHasIt, children, parseTree } from './tree.js';

/**
 * Parses an expression of Prometheus 2.42's language, with label and metric names in quotes of 3.x.
 *
 * @param keeps whether brackets and signs that change nothing are kept
 * @throws TACTUS_PROMQL_INVALID for what is no such expression, or is one that is not evaluated here
 */
export function parseExpression(text: string, keeps = false): Expression {
  return parsed(text, keeps, new MatcherMaker());
}

function parsed(text: string, keeps: boolean, matchers: MatcherMaker): Expression {
  const known = asGrammarHasIt(text);
  return new Reader(known, keeps, matchers).expression(parseTree(known));
}

/** Parses selectors of series, as in `match[]`. @throws TACTUS_PROMQL_INVALID for any other expression */
export function parseSelectors(texts: readonly string[]): readonly (readonly Matcher[])[] {
  const maker = new MatcherMaker();
  return texts.map((text) => {
    const expression = parsed(text, false, maker);
    if (expression.kind !== 'selector' || expression.timing.offset !== 0 || expression.timing.at !== null)
      throw invalid(`${JSON.stringify(text)} is no selector of series`);
    return expression.matchers;
  });
}

const OPERATORS: Readonly<Record<string, BinaryOperator>> = {
  Pow: '^',
  Mul: '*',
  Div: '/',
  Mod: '%',
  Atan2: 'atan2',
  Add: '+',
  Sub: '-',
  Eql: '==',
  Neq: '!=',
  Gtr: '>',
  Lss: '<',
  Gte: '>=',
  Lte: '<=',
  And: 'and',
  Or: 'or',
  Unless: 'unless',
};

const isAggregator = (text: string): text is Aggregator => (AGGREGATORS as readonly string[]).includes(text);

class Reader {
  constructor(
    private readonly text: string,
    private readonly keeps: boolean,
    private readonly maker: MatcherMaker,
  ) {}

  expression(node: SyntaxNode): Expression {
    const items: Item[] = [];
    this.#flatten(node, items);
    return resolve(items, this.keeps);
  }

  #textOf(node: SyntaxNode): string {
    return this.text.slice(node.from, node.to);
  }

  /** A node and what stands beside it without brackets, in the order of the text. */
  #flatten(node: SyntaxNode, items: Item[]): void {
    const parts = children(node);
    const [first, second] = parts;
    switch (node.name) {
      case 'BinaryExpr': {
        const last = parts.at(-1);
        if (first === undefined || last === undefined) throw this.#unknown(node);
        this.#flatten(first, items);
        items.push(this.#operator(parts.slice(1, -1)));
        this.#flatten(last, items);
        return;
      }
      case 'UnaryExpr':
        if (first === undefined || second === undefined) throw this.#unknown(node);
        items.push({ kind: 'sign', sign: this.#textOf(first) === '-' ? '-' : '+' });
        this.#flatten(second, items);
        return;
      case 'OffsetExpr':
      case 'StepInvariantExpr':
      case 'MatrixSelector':
      case 'SubqueryExpr':
        if (first === undefined) throw this.#unknown(node);
        this.#flatten(first, items);
        items.push({ kind: 'modifier', modifier: this.#modifier(node, parts) });
        return;
      case 'NumberDurationLiteral': {
        const [, sign, digits = ''] = /^([+-]?)(.*)$/s.exec(this.#textOf(node)) ?? [];
        if (sign === '+' || sign === '-') items.push({ kind: 'sign', sign });
        const expression: Expression = { kind: 'number', value: parseNumber(digits.trim()) };
        items.push({ kind: 'operand', expression, selects: false });
        return;
      }
      default:
        items.push({ kind: 'operand', ...this.#operand(node, parts) });
    }
  }

  #operand(node: SyntaxNode, parts: readonly SyntaxNode[]): { expression: Expression; selects: boolean } {
    const [first] = parts;
    switch (node.name) {
      case 'VectorSelector':
        return { expression: this.#selector(parts), selects: true };
      case 'StringLiteral':
        return { expression: { kind: 'string', value: parseString(this.#textOf(node)) }, selects: false };
      case 'ParenExpr':
        if (first === undefined) throw this.#unknown(node);
        return { expression: this.#inBrackets(this.expression(first)), selects: false };
      case 'FunctionCall':
        return { expression: this.#call(parts), selects: false };
      case 'AggregateExpr':
        return { expression: this.#aggregation(parts), selects: false };
      default:
        throw this.#unknown(node);
    }
  }

  #inBrackets(operand: Expression): Expression {
    return this.keeps ? { kind: 'brackets', operand } : operand;
  }

  #unknown(node: SyntaxNode): Error {
    return invalid(`${JSON.stringify(this.#textOf(node).slice(0, 64))} is not supported`);
  }

  #operator([sign, ...modifiers]: readonly SyntaxNode[]): Item {
    const operator = OPERATORS[sign?.name ?? ''];
    if (sign === undefined || operator === undefined)
      throw invalid(`the operator ${sign === undefined ? '' : this.#textOf(sign)} is not supported`);
    let bool = false;
    let matching: Matching | null = null;
    for (const modifier of modifiers) {
      if (modifier.name === 'BoolModifier') bool = true;
      else if (modifier.name === 'MatchingModifierClause') matching = this.#matching(modifier);
      else throw this.#unknown(modifier);
    }
    return { kind: 'operator', operator, bool, matching };
  }

  #matching(node: SyntaxNode): Matching {
    const [how, labels, group, include] = children(node);
    const many = group === undefined ? null : group.name === 'GroupLeft' ? 'left' : 'right';
    return { on: how?.name === 'On', labels: this.#labels(labels), many, include: this.#labels(include) };
  }

  #labels(node: SyntaxNode | undefined): readonly string[] {
    if (node === undefined) return [];
    return children(node).map((label) =>
      label.name === 'LabelName' ? this.#textOf(label) : parseString(this.#textOf(label)),
    );
  }

  #modifier(node: SyntaxNode, parts: readonly SyntaxNode[]): Modifier {
    const [, second, third] = parts;
    switch (node.name) {
      case 'OffsetExpr': {
        const [, sign, text = ''] =
          /^([+-]?)\s*(.*)$/s.exec(third === undefined ? '' : this.#textOf(third)) ?? [];
        const ms = this.#duration(text);
        return { type: 'offset', ms: sign === '-' ? -ms : ms };
      }
      case 'StepInvariantExpr': {
        if (third?.name === 'AtModifierPreprocessors')
          return { type: 'at', at: this.#textOf(third).startsWith('start') ? 'start' : 'end' };
        const text = third === undefined ? '' : this.#textOf(third);
        const seconds = parseNumber(text.replace(/^[+-]\s*/, '')) * (text.startsWith('-') ? -1 : 1);
        if (!Number.isFinite(seconds)) throw invalid(`timestamp out of bounds for @ modifier: ${text}`);
        return { type: 'at', at: Math.round(seconds * 1_000) };
      }
      case 'MatrixSelector':
        return { type: 'range', ms: this.#duration(second === undefined ? '' : this.#textOf(second)) };
      default: {
        const range = this.#duration(second === undefined ? '' : this.#textOf(second));
        return {
          type: 'subquery',
          range,
          step: third === undefined ? null : this.#duration(this.#textOf(third)),
        };
      }
    }
  }

  #duration(text: string): number {
    const ms = parseDuration(text);
    if (ms === 0) throw invalid('duration must be greater than 0');
    return ms;
  }

  #selector(parts: readonly SyntaxNode[]): Expression {
    const matchers: Matcher[] = [];
    let name: string | null = null;
    const named = (text: string) => {
      if (name !== null)
        throw invalid(
          `metric name must not be set twice: ${JSON.stringify(name)} or ${JSON.stringify(text)}`,
        );
      name = text;
      matchers.push(this.maker.make(METRIC_NAME, '=', text));
    };
    for (const part of parts) {
      if (part.name === 'Identifier') named(this.#textOf(part));
      for (const entry of part.name === 'LabelMatchers' ? children(part) : []) {
        if (entry.name === 'QuotedLabelName') named(parseString(this.#textOf(entry)));
        else matchers.push(this.#matcher(entry, name));
      }
    }
    if (matchers.every((matcher) => matcher.test('')))
      throw invalid('vector selector must contain at least one non-empty matcher');
    return { kind: 'selector', name, matchers, timing: { offset: 0, at: null } };
  }

  #matcher(node: SyntaxNode, metric: string | null): Matcher {
    const [label, operator, value] = children(node);
    if (label === undefined || operator === undefined || value === undefined) throw this.#unknown(node);
    const name = label.name === 'LabelName' ? this.#textOf(label) : parseString(this.#textOf(label));
    const text = parseString(this.#textOf(value));
    const sign = this.#textOf(operator) as MatchOperator;
    if (name === METRIC_NAME && metric !== null && sign === '=')
      throw invalid(
        `metric name must not be set twice: ${JSON.stringify(metric)} or ${JSON.stringify(text)}`,
      );
    return this.maker.make(name, sign, text);
  }

  #arguments(body: SyntaxNode | undefined): Expression[] {
    return body === undefined ? [] : children(body).map((argument) => this.expression(argument));
  }

  #call([identifier, body]: readonly SyntaxNode[]): Expression {
    const name = identifier === undefined ? '' : this.#textOf(identifier);
    if (!isFunctionName(name)) throw invalid(`the function "${name}" is not supported`);
    return checkedCall({ kind: 'call', name, args: this.#arguments(body) });
  }

  #aggregation(parts: readonly SyntaxNode[]): Expression {
    const named = (name: string) => parts.find((part) => part.name === name);
    const sign = named('AggregateOp');
    const operator = sign === undefined ? '' : this.#textOf(sign).toLowerCase();
    if (!isAggregator(operator)) throw invalid(`the aggregation "${operator}" is not supported`);
    const args = this.#arguments(named('FunctionCallBody'));
    const takesParameter = ['topk', 'bottomk', 'quantile', 'count_values'].includes(operator);
    const expected = takesParameter ? 2 : 1;
    const operand = args.at(-1);
    if (args.length !== expected || operand === undefined)
      throw invalid(
        `wrong number of arguments for aggregate expression provided, expected ${expected}, got ${args.length}`,
      );
    const modifier = named('AggregateModifier');
    const [how, labels] = modifier === undefined ? [] : children(modifier);
    const grouping: Grouping = { without: how?.name === 'Without', labels: this.#labels(labels) };
    const parameter = takesParameter ? (args[0] ?? null) : null;
    return checkedAggregation({ kind: 'aggregation', operator, parameter, operand, grouping });
  }
}
