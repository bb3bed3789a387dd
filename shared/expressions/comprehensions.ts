import type { ASTNode } from '@marcbachmann/cel-js';
import { keysOf } from './containers.js';
import { attempt, EvaluationError, type Frame, type Part, spend, typeOf } from './evaluation.js';
import { NotAvailable, type Scope } from './scope.js';
import { bounded, entryOf, list, SCALAR, type Shape } from './shape.js';

const MACROS = ['all', 'exists', 'exists_one', 'map', 'filter'] as const;
type Macro = (typeof MACROS)[number];

export function isMacro(name: string): name is Macro {
  return (MACROS as readonly string[]).includes(name);
}

/** A condition or value for each entry of a list, or key of a map; each takes a step and those of its own. */
export function comprehension(
  macro: Macro,
  over: Part,
  args: readonly ASTNode[],
  scope: Scope,
  partOf: (node: ASTNode, scope: Scope) => Part,
): Part {
  const [name, ...bodies] = args;
  if (name?.op !== 'id')
    throw new NotAvailable(`${macro}() takes a variable first`, name ?? (args[0] as ASTNode));
  const slot = scope.depth;
  const each = entryOf(over.shape);
  const inner = {
    ...scope,
    depth: slot + 1,
    locals: new Map(scope.locals).set(name.args, { slot, shape: each }),
  };
  const parts = bodies.map((body) => partOf(body, inner));
  const run = runOf(macro, over, parts, slot);
  const body = parts.reduce((sum, { steps }) => sum + steps, 2);
  const steps = bounded(over.steps + 1 + over.shape.length * body);
  return { run, steps, shape: shapeOf(macro, over.shape, each, parts.at(-1)?.shape ?? SCALAR) };
}

function shapeOf(macro: Macro, over: Shape, each: Shape, made: Shape): Shape {
  if (macro === 'map') return list(over.length, made);
  return macro === 'filter' ? list(over.length, each) : SCALAR;
}

function runOf(macro: Macro, over: Part, parts: readonly Part[], slot: number): Part['run'] {
  const entries = (frame: Frame): readonly unknown[] => {
    const value = over.run(frame);
    spend(frame, 1);
    if (Array.isArray(value)) return value;
    if (typeof value === 'object' && value !== null) return keysOf(frame, value);
    throw new EvaluationError(`${macro}() takes a list or a map, got ${typeOf(value)}`);
  };
  const [first, second] = parts as [Part, Part | undefined];
  const condition = predicate(first, macro);
  switch (macro) {
    case 'all':
    case 'exists':
      return quantifier(macro === 'exists', entries, condition, slot);
    case 'exists_one':
      return (frame) => kept(frame, entries(frame), condition, slot).length === 1;
    case 'filter':
      return (frame) => kept(frame, entries(frame), condition, slot);
    case 'map': {
      const made = second ?? first;
      return (frame) => {
        const all = entries(frame);
        const chosen = second === undefined ? all : kept(frame, all, condition, slot);
        return chosen.map((one) => {
          spend(frame, 1);
          frame.locals[slot] = one;
          return made.run(frame);
        });
      };
    }
  }
}

/** A condition, which has no value unless it is true or false. */
type Predicate = Part & { readonly run: (frame: Frame) => boolean };

function predicate(part: Part, macro: Macro): Predicate {
  const run = (frame: Frame) => {
    const value = part.run(frame);
    if (typeof value === 'boolean') return value;
    throw new EvaluationError(`${macro}() predicate must return bool, got '${typeOf(value)}'`);
  };
  return { ...part, run };
}

/** The entries that meet a condition. */
function kept(frame: Frame, entries: readonly unknown[], condition: Predicate, slot: number): unknown[] {
  return entries.filter((one) => {
    spend(frame, 1);
    frame.locals[slot] = one;
    return condition.run(frame);
  });
}

/** An entry that decides makes up for those whose condition has no value. */
function quantifier(
  decides: boolean,
  entries: (frame: Frame) => readonly unknown[],
  condition: Predicate,
  slot: number,
): Part['run'] {
  return (frame) => {
    let failure: EvaluationError | null = null;
    for (const one of entries(frame)) {
      spend(frame, 1);
      frame.locals[slot] = one;
      const value = attempt(condition, frame);
      if (value === decides) return decides;
      if (value instanceof EvaluationError) failure ??= value;
    }
    if (failure !== null) throw failure;
    return !decides;
  };
}
