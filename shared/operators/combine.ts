import type { Aggregate } from './aggregate.js';

/** Any aggregate of `T`, by the result that it gives. */
// biome-ignore lint/suspicious/noExplicitAny: an accumulator is only ever handed back to its own aggregate
type Of<T, R> = Aggregate<T, any, R>;

/**
 * Several aggregates over the same windows, under their names.
 *
 * @example
 * ```ts
 * combine({ requests: count<Request>(), latency: quantiles((r: Request) => r.ms, [0.5, 0.99]) });
 * // result: { requests: number; latency: number[] }
 * ```
 */
export function combine<T, R extends object>(
  parts: {
    readonly [K in keyof R]: Of<T, R[K]>;
  },
): Aggregate<T, unknown[], R> {
  const names = Object.keys(parts) as (keyof R)[];
  const all = names.map((name) => parts[name]);
  return {
    create: () => all.map((part) => part.create()),
    add: (accs, record, at) => {
      all.forEach((part, i) => {
        accs[i] = part.add(accs[i], record, at);
      });
      return accs;
    },
    merge: (a, b) => {
      all.forEach((part, i) => {
        a[i] = part.merge(a[i], b[i]);
      });
      return a;
    },
    result: (accs) => Object.fromEntries(all.map((part, i) => [names[i], part.result(accs[i])])) as R,
  };
}
