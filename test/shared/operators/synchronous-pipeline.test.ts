import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { delay, EMPTY, map, mergeMap, Observable, type OperatorFunction, of, pipe, share, take } from 'rxjs';
import { SynchronousPipeline } from '../../../shared/operators/synchronous-pipeline.js';

const LOST = new RangeError('lost');
const isLost = (error: unknown) => error === LOST;

/** Fails at 2. */
const broken: OperatorFunction<number, number> = map((n) => {
  if (n === 2) throw LOST;
  return n;
});

/** Hands values on from a subscriber of its own, which is no place that RxJS catches errors at. */
const throwingSubscriber: OperatorFunction<number, number> = (source) =>
  new Observable((subscriber) =>
    source.subscribe({
      next: (n) => {
        if (n === 2) throw LOST;
        subscriber.next(n);
      },
    }),
  );

/** Hands values on, and has a second subscriber beside. */
const throwingBystander: OperatorFunction<number, number> = (source) => {
  const shared = source.pipe(share());
  shared.subscribe((n) => {
    if (n === 2) throw LOST;
  });
  return shared;
};

function refused(push: () => unknown, message: RegExp): void {
  assert.throws(push, (error: Error & { code?: string }) => {
    assert.equal(error.code, 'TACTUS_INVARIANT');
    assert.match(error.message, message);
    return true;
  });
}

describe('SynchronousPipeline', () => {
  it('returns what is emitted for a value', () => {
    const pipeline = new SynchronousPipeline(
      pipe(
        map((n: number) => n + 1),
        map((n) => `${n}`),
      ),
    );
    assert.deepEqual([pipeline.push(1), pipeline.push(2)], ['2', '3']);
  });

  for (const [what, operator] of Object.entries({ broken, throwingSubscriber, throwingBystander })) {
    it(`throws at once what is thrown within, and never goes on in silence: ${what}`, async (t) => {
      const uncaught = t.mock.fn();
      process.on('uncaughtException', uncaught);
      const pipeline = new SynchronousPipeline(
        pipe(
          map((n: number) => n),
          operator,
          map((n) => n),
        ),
      );
      assert.equal(pipeline.push(1), 1);
      assert.throws(() => pipeline.push(2), isLost);
      for (const n of [1, 3]) {
        refused(() => pipeline.push(n), /failed before/);
        assert.throws(
          () => pipeline.push(n),
          ({ cause }: Error) => isLost(cause),
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
      process.off('uncaughtException', uncaught);
      assert.equal(uncaught.mock.callCount(), 0, 'thrown again from a timer');
    });
  }

  it('throws what is no error, too', () => {
    const pipeline = new SynchronousPipeline(
      map((): number => {
        throw null;
      }),
    );
    assert.throws(
      () => pipeline.push(1),
      (error) => error === null,
    );
    refused(() => pipeline.push(1), /failed before/);
  });

  it('refuses to go on with a pipeline that has completed', () => {
    const pipeline = new SynchronousPipeline<number, number>(take(2));
    assert.equal(pipeline.push(1), 1);
    refused(() => pipeline.push(2), /completed/);
    refused(() => pipeline.push(3), /failed before/);
  });

  it('refuses a pipeline that emits nothing, more than one value, or later', () => {
    for (const [operator, count] of [
      [mergeMap(() => EMPTY), 0],
      [mergeMap((n: number) => of(n, n)), 2],
      [delay<number>(0), 0],
    ] as [OperatorFunction<number, number>, number][]) {
      const pipeline = new SynchronousPipeline(operator);
      refused(() => pipeline.push(1), new RegExp(`emitted ${count} values`));
      refused(() => pipeline.push(1), /failed before/);
    }
  });

  it('leaves the settings of RxJS as they were', async () => {
    const { config } = await import('rxjs');
    const before = config.useDeprecatedSynchronousErrorHandling;
    assert.throws(() => new SynchronousPipeline(broken).push(2), isLost);
    assert.equal(config.useDeprecatedSynchronousErrorHandling, before);
  });
});
