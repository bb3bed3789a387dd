import type { ASTNode } from '@marcbachmann/cel-js';
import { NotAvailable } from './scope.js';

/** A node and all under it, in the order of the text. */
export function* nodesOf(node: unknown): Generator<ASTNode> {
  if (Array.isArray(node)) for (const part of node) yield* nodesOf(part);
  if (!isNode(node)) return;
  yield node;
  yield* nodesOf(node.args);
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

/**
 * Refuses what the type checker takes exponential time for, before it is asked: the name of a map's type is made of
 * those of its keys and its values, so that maps of maps of maps, named as keys and as values, double it each time.
 *
 * @throws NotAvailable
 */
export function refuseCostlyTypes(ast: ASTNode): void {
  for (const node of nodesOf(ast)) {
    if (node.op !== 'map') continue;
    for (const [key] of node.args)
      if (key.op !== 'value') throw new NotAvailable('keys of maps must be literals', key);
  }
}
