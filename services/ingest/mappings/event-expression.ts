import { Environment } from '@marcbachmann/cel-js';
import { checkedExpression, type ExpressionProblem, LIMITS } from '../../../shared/expressions/checked.js';
import {
  EvaluationError,
  NoSuchKey,
  type Part,
  TooManySteps,
} from '../../../shared/expressions/evaluation.js';
import { map, type Shape, text } from '../../../shared/expressions/shape.js';
import type { EventExpression } from './mapping.js';

/** Most steps of one expression, 5 to 20 ns each. */
export const MAX_STEPS = 10_000;
/** Most steps of all expressions of a file together, so of all that are evaluated for one event. */
export const MAX_STEPS_IN_ALL = 100_000;

/** Sizes of what events hold: ingest's limits, attributes by its default. */
const NAME = text(256);
const SHAPES: ReadonlyMap<string, Shape> = new Map([
  ['tenantId', NAME],
  ['eventType', NAME],
  ['subjectId', NAME],
  ['attributes', map(64, NAME, text(4_096))],
]);
const ENVIRONMENT = new Environment({ unlistedVariablesAreDyn: false, limits: LIMITS })
  .registerVariable('tenantId', 'string')
  .registerVariable('eventType', 'string')
  .registerVariable('subjectId', 'string')
  .registerVariable('attributes', 'map<string, dyn>');

/** An expression, and the steps that it takes at most for events of the usual sizes. */
export interface MeteredExpression extends EventExpression {
  readonly steps: number;
}

/** What may be in a file: the values of attributes, so of most that is made of them, have no type before they come. */
const EXPECTED = {
  condition: { types: ['bool', 'dyn'], allowed: 'conditions (bool), such as attributes.seconds >= 30.0' },
  value: {
    types: ['double', 'int', 'dyn'],
    allowed: 'numbers (double or int), such as attributes.ms / 1000.0',
  },
} as const;

/** Compiles an expression over an event, or says what is wrong with it. */
export function eventExpression(
  source: string,
  what: keyof typeof EXPECTED,
): MeteredExpression | ExpressionProblem {
  const found = checkedExpression(ENVIRONMENT, source, {
    ...EXPECTED[what],
    shapes: SHAPES,
    names: 'attributes (a map; its numbers are doubles), eventType, subjectId, tenantId',
    maxSteps: MAX_STEPS,
    per: 'for one event, with 64 attributes of 4,096 characters',
  });
  return 'message' in found ? found : metered(source, found);
}

/** With more or longer attributes an evaluation ends after as many steps as were counted on for it. */
function metered(source: string, part: Part): MeteredExpression {
  const { steps } = part;
  return {
    source,
    steps,
    valueFor(bindings) {
      try {
        return { value: part.run({ steps, bindings, locals: [] }) };
      } catch (error) {
        if (error instanceof TooManySteps)
          return { problem: `takes more than ${steps} steps`, isMissing: false };
        if (error instanceof EvaluationError)
          return { problem: error.message, isMissing: error instanceof NoSuchKey };
        throw error;
      }
    },
  };
}
