import { config, type OperatorFunction, Subject } from 'rxjs';
import { TactusError } from '../core/errors.js';

/**
 * Runs an RxJS pipeline as a function: one value in, the one that it emits for it out, within the call.
 *
 * RxJS alone would lose failures. A stream that has failed or completed ignores what comes after, and what
 * a subscriber's `next` throws is thrown again from a timer, when the caller has long gone on. Here `push`
 * throws it, and so does every `push` after that.
 */
export class SynchronousPipeline<I, O> {
  readonly #input = new Subject<I>();
  #emitted: O[] = [];
  #failure: { readonly error: unknown } | null = null;

  constructor(pipeline: OperatorFunction<I, O>) {
    this.#input.pipe(pipeline).subscribe({
      next: (value) => this.#emitted.push(value),
      error: (error: unknown) => this.#fail(error),
      complete: () => this.#fail(new TactusError('TACTUS_INVARIANT', 'the pipeline has completed')),
    });
  }

  /**
   * @throws what an operator or a subscriber threw; TactusError `TACTUS_INVARIANT` when the pipeline does not
   *   emit exactly one value, or has failed before
   */
  push(value: I): O {
    if (this.#failure !== null) {
      const { error: cause } = this.#failure;
      throw new TactusError('TACTUS_INVARIANT', 'the pipeline has failed before', { cause });
    }
    this.#next(value);
    const emitted = this.#emitted;
    this.#emitted = [];
    if (emitted.length !== 1) {
      const what = `the pipeline emitted ${emitted.length} values for one; allowed is exactly one, at once`;
      this.#fail(new TactusError('TACTUS_INVARIANT', what));
    }
    if (this.#failure !== null) throw (this.#failure as { error: unknown }).error;
    return emitted[0] as O;
  }

  /** Has RxJS throw what a subscriber throws from within `next` instead of from a timer. */
  #next(value: I): void {
    const before = config.useDeprecatedSynchronousErrorHandling;
    config.useDeprecatedSynchronousErrorHandling = true;
    try {
      this.#input.next(value);
    } catch (error) {
      this.#fail(error);
    } finally {
      config.useDeprecatedSynchronousErrorHandling = before;
    }
  }

  /** The first failure is the cause of the others. */
  #fail(error: unknown): void {
    this.#failure ??= { error };
  }
}
