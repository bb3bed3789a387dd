import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

type Attempt = (bail: (error: Error) => void, count: number, ms: number) => Promise<void>;
type Retrier = (attempt: Attempt) => Promise<void>;

/** What kafkajs 2.2.4 runs for a consumer that has joined. */
interface Runner {
  retrier: Retrier;
  /** When the group answered a heartbeat last. */
  readonly consumerGroup: { readonly lastRequest: number };
  scheduleFetchManager(): void;
}

const { prototype } = require('kafkajs/src/consumer/runner.js') as { prototype: Runner };

/** As kafkajs decides which errors it does not repeat. */
const FINAL = new Set(['RangeError', 'ReferenceError', 'SyntaxError', 'TypeError']);

function isFinal({ name = '', retriable }: { name?: string; retriable?: boolean }): boolean {
  return retriable === false || FINAL.has(name);
}

/*
 * Imported for its effect. kafkajs counts what fails over the whole life of a consumer, however much succeeds in
 * between: once it has as many failures behind it as it may repeat in a row, it gives up its membership for the next
 * one. Here the count, and with it the wait, begins anew where the group has answered a heartbeat meanwhile.
 */
const schedule = prototype.scheduleFetchManager;
prototype.scheduleFetchManager = function scheduleWithFreshCount(this: Runner): void {
  const { retrier, consumerGroup } = this;
  let answeredAt = consumerGroup.lastRequest;
  // It is called before this function returns; commits are repeated by the same one.
  this.retrier = (attempt) =>
    retrier(async (bail, count, ms) => {
      try {
        await attempt(bail, count, ms);
      } catch (error) {
        const before = answeredAt;
        answeredAt = consumerGroup.lastRequest;
        // The first of them waits, so that nothing is repeated at once.
        if (count === 0 || answeredAt === before || isFinal(error as object)) throw error;
      }
    });
  try {
    schedule.call(this);
  } finally {
    this.retrier = retrier;
  }
};
