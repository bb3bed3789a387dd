import type { Stage } from '../../shared/core/stage.js';

/** The stage as a worker runs it: the bytes of a batch are used for something else once a step has nothing to write. */
export function recycling<S>(stage: Stage<S>): Stage<S> {
  return {
    ...stage,
    step: (state, batch, now) => {
      const result = stage.step(state, batch, now);
      if (result.outputs.length + result.changes.length + result.refusals.length === 0)
        for (const { bytes } of batch.segments) bytes.fill(0xff);
      return result;
    },
  };
}
