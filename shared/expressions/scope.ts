import type { ASTNode } from '@marcbachmann/cel-js';
import type { Shape } from './shape.js';

/** The names that a part can see: bindings and, of comprehensions around it, variables. */
export interface Scope {
  readonly bindings: ReadonlyMap<string, Shape>;
  readonly locals: ReadonlyMap<string, { readonly slot: number; readonly shape: Shape }>;
  /** The next free slot. */
  readonly depth: number;
}

/** Something in an expression that is valid CEL and not available here; `node` is where. */
export class NotAvailable extends Error {
  constructor(
    message: string,
    readonly node: ASTNode,
  ) {
    super(message);
  }
}
