import type { Aggregate } from './aggregate.js';

/** Any aggregate of `T`, by the result that it gives. */
// biome-ignore lint/suspicious/noExplicitAny: an accumulator is only ever handed back to its own aggregate
type Of<T, R> = Aggregate<T, any, R>;

/**
 * Several aggregates over the same windows, under their names.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { combine, count, max, tumblingWindow } from 'tactus/operators';
 *
 * interface Request { at: number; path: string; ms: number }
 * const batch: Request[] = [{ at: 1_000, path: '/', ms: 30 }, { at: 2_000, path: '/', ms: 90 }];
 * of(batch)
 *   .pipe(
 *     tumblingWindow({
 *       sizeMs: 10_000,
 *       graceMs: 0,
 *       timestamp: (request: Request) => request.at,
 *       key: (request) => request.path,
 *       aggregate: combine({ requests: count<Request>(), slowest: max((request: Request) => request.ms) }),
 *     }),
 *   )
 *   .subscribe(({ windows }) => console.log(windows[0]?.result));
 * // { requests: 2, slowest: 90 }
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
