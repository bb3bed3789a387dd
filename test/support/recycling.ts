import type { Stage } from '../../shared/core/stage.js';
import { refersTo } from '../../shared/runners/pending-commit.js';

/** The stage as a worker runs it: the bytes of a batch are used for something else once no output is a place in them. */
export function recycling<S>(stage: Stage<S>): Stage<S> {
  return {
    ...stage,
    step: (state, batch, now) => {
      const result = stage.step(state, batch, now);
      // Dead letters are made of the batch right after the step.
      if (result.refusals.length === 0 && !refersTo(result, batch))
        for (const { bytes } of batch.segments) bytes.fill(0xff);
      return result;
    },
  };
}
