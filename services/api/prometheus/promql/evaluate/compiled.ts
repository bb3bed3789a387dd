import type { Ranges } from './selectors.js';
import type { ScalarAt, VectorAt } from './vector.js';

/** An expression whose series are in memory, ready to be evaluated at each step. */
export type Compiled =
  | { readonly type: 'scalar'; readonly at: ScalarAt }
  | {
      readonly type: 'vector';
      readonly at: VectorAt;
      /** When the points themselves were taken, in seconds; for selectors alone. */
      readonly stampsAt?: VectorAt;
    }
  | { readonly type: 'matrix'; readonly ranges: Ranges }
  | { readonly type: 'string'; readonly value: string };
