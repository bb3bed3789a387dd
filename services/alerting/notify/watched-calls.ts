import type { Millis } from '../../../shared/core/clock.js';
import type { Health } from '../../../shared/process/health.js';
import type { ChannelSettings, Send } from './channel.js';

/** Calls of channels that count for liveness: one that never ends would hold its channel for ever. */
export class WatchedCalls {
  readonly #calls = new Map<string, { underWay: number; ended: number }>();

  /** @param stuckAfterMs how long beyond its time-out a call may take */
  constructor(
    private readonly health: Pick<Health, 'watch'>,
    private readonly stuckAfterMs: Millis,
  ) {}

  watched({ name, timeoutMs }: Pick<ChannelSettings, 'name' | 'timeoutMs'>, send: Send): Send {
    const calls = this.#calls.get(name) ?? { underWay: 0, ended: 0 };
    this.#calls.set(name, calls);
    this.health.watch(`notifying ${name}`, {
      ...{ pending: () => calls.underWay > 0, done: () => calls.ended },
      afterMs: timeoutMs + this.stuckAfterMs,
    });
    return async (notification, at, signal) => {
      calls.underWay += 1;
      try {
        return await send(notification, at, signal);
      } finally {
        calls.underWay -= 1;
        calls.ended += 1;
      }
    };
  }
}
