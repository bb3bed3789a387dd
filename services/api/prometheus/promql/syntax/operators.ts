import { invalid } from '../model/faults.js';
import { type BinaryOperator, type Expression, isComparison, type Matching } from './ast.js';
import { checkedBinary, checkedSign, expectType } from './check.js';

/** What stands behind an operand and changes it. */
export type Modifier =
  | { readonly type: 'offset'; readonly ms: number }
  | { readonly type: 'at'; readonly at: number | 'start' | 'end' }
  | { readonly type: 'range'; readonly ms: number }
  | { readonly type: 'subquery'; readonly range: number; readonly step: number | null };

/** A part of an expression without brackets, in the order in which it is written. */
export type Item =
  /** `selects` is whether it is a selector that stands in no brackets, which modifiers may follow. */
  | { readonly kind: 'operand'; readonly expression: Expression; readonly selects: boolean }
  | { readonly kind: 'modifier'; readonly modifier: Modifier }
  | { readonly kind: 'sign'; readonly sign: '+' | '-' }
  | {
      readonly kind: 'operator';
      readonly operator: BinaryOperator;
      readonly bool: boolean;
      readonly matching: Matching | null;
    };

const ALL_LABELS: Matching = { on: false, labels: [], many: null, include: [] };

const POWER = 6;

function precedence(operator: BinaryOperator): number {
  if (operator === 'or') return 1;
  if (operator === 'and' || operator === 'unless') return 2;
  if (isComparison(operator)) return 3;
  if (operator === '+' || operator === '-') return 4;
  return operator === '^' ? POWER : 5;
}

/**
 * Brings operators and operands together by precedence: the grammar is one for editors, in which `1 + a offset 5m`
 * is `(1 + a) offset 5m`, and `-2 ^ 2` is `(-2) ^ 2`.
 */
export function resolve(items: readonly Item[], keeps: boolean): Expression {
  let next = 0;

  const operand = (): Expression => {
    const item = items[next++];
    // A sign binds as `*` does: tighter than what has a lower precedence, looser than `^`.
    if (item?.kind === 'sign') return checkedSign(chain(POWER), item.sign, keeps);
    if (item?.kind !== 'operand') throw invalid('unexpected operator');
    let { expression, selects } = item;
    for (let at = items[next]; at?.kind === 'modifier'; at = items[++next]) {
      expression = modified(expression, selects, at.modifier);
      selects = true;
    }
    return expression;
  };

  const chain = (least: number): Expression => {
    let left = operand();
    for (let at = items[next]; at?.kind === 'operator'; at = items[next]) {
      const { operator, bool, matching } = at;
      const own = precedence(operator);
      if (own < least) break;
      next++;
      const right = chain(operator === '^' ? own : own + 1);
      left = checkedBinary(
        { kind: 'binary', operator, bool, matching: matching ?? ALL_LABELS, left, right },
        (matching?.labels.length ?? 0) > 0,
      );
    }
    return left;
  };

  return chain(0);
}

function modified(operand: Expression, selects: boolean, modifier: Modifier): Expression {
  switch (modifier.type) {
    case 'subquery': {
      const { range, step } = modifier;
      expectType(operand, 'vector', 'subquery');
      return { kind: 'subquery', operand, range, step, timing: { offset: 0, at: null } };
    }
    case 'range':
      if (operand.kind !== 'selector' || !selects) throw invalid('ranges only allowed for vector selectors');
      if (operand.timing.offset !== 0) throw invalid('no offset modifiers allowed before range');
      if (operand.timing.at !== null) throw invalid('no @ modifiers allowed before range');
      return {
        kind: 'range',
        ...{ name: operand.name, matchers: operand.matchers },
        ...{ range: modifier.ms, timing: operand.timing },
      };
    default: {
      const word = modifier.type === 'at' ? '@' : 'offset';
      const isSelector =
        operand.kind === 'selector' || operand.kind === 'range' || operand.kind === 'subquery';
      if (!isSelector || !selects)
        throw invalid(
          `${word} modifier must be preceded by an instant vector selector or range vector selector or a subquery`,
        );
      const { timing } = operand;
      if (modifier.type === 'at' ? timing.at !== null : timing.offset !== 0)
        throw invalid(`${word} may not be set multiple times`);
      return {
        ...operand,
        timing: modifier.type === 'at' ? { ...timing, at: modifier.at } : { ...timing, offset: modifier.ms },
      };
    }
  }
}
