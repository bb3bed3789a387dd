import type { Millis } from '../../../shared/core/clock.js';
import { EachSecond } from '../../../shared/core/each-second.js';
import { parseTraceparent, type TraceContext } from '../../../shared/core/trace-context.js';

export interface SamplerOptions {
  /** Of requests whose senders decide nothing. */
  readonly sampleRatio: number;
  readonly maxTracesPerSecond: number;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/**
 * Decides at the head of the pipeline which requests are traced. A sender's `traceparent` is followed, whether it says
 * sampled or not, but no more requests a second are traced than may be, since anybody with a key can ask for it.
 */
export class HeadSampler {
  readonly #traced = new EachSecond();

  constructor(private readonly options: SamplerOptions) {}

  /** @returns null for a request that is not traced, else the sender's span, if there is one */
  decide(traceparent: string | undefined, now: Millis): { readonly parent: TraceContext | null } | null {
    const parent = traceparent === undefined ? null : parseTraceparent(traceparent);
    const { sampleRatio, random, maxTracesPerSecond } = this.options;
    if (!(parent?.sampled ?? random() < sampleRatio)) return null;
    if (this.#traced.at(now) >= maxTracesPerSecond) return null;
    this.#traced.add();
    return { parent };
  }
}
