import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Config } from '../../../shared/config/load.js';
import type { Millis } from '../../../shared/core/clock.js';
import { messageOf, TactusError } from '../../../shared/core/errors.js';
import { Turns } from '../http/turns.js';
import type { History, RuleOutcome, RuleTask, Waits } from './rule-tasks.js';

/** At once, in one process of the API. */
const MAX_THREADS = 2;
const MAX_HEAP_MB = 256;

/** A running evaluation. */
export interface Evaluation {
  /** Of the task itself. */
  readonly outcome: RuleOutcome;
  /** Lets a backtest go on. */
  passOn(history: History): Promise<RuleOutcome>;
}

/** Evaluates rules that people send, in threads, each for a bounded time. */
export class RuleEvaluations {
  readonly #turns: Turns;

  constructor(private readonly config: Config) {
    const waitMs = config.api.ruleTimeoutMs;
    this.#turns = new Turns({ what: 'evaluating rules', most: MAX_THREADS, mostOfTenant: 1, waitMs });
  }

  get waits(): Waits {
    const { staleAfterMs, anomalyStaleAfterMs, forgetAfterMs, joinWaitMs } = this.config.alerting;
    return { staleAfterMs, anomalyStaleAfterMs, forgetAfterMs, joinWaitMs };
  }

  /** What rules are checked with. */
  get windowsFile(): string {
    return this.config.windowing.windowsFile;
  }

  /** The time that an evaluation may take. */
  get timeoutMs(): Millis {
    return this.config.api.ruleTimeoutMs;
  }

  /**
   * @param gone ends it
   * @throws TactusError `TACTUS_QUERY_TOO_LARGE` where it takes too long, `TACTUS_QUERY_TIMEOUT` where too many run
   */
  async run<T>(
    task: RuleTask,
    { tenantId, gone }: { readonly tenantId: string; readonly gone: AbortSignal },
    use: (evaluation: Evaluation) => Promise<T>,
  ): Promise<T> {
    return await this.#turns.take(tenantId, gone, () => this.#run(task, gone, use));
  }

  async #run<T>(task: RuleTask, gone: AbortSignal, use: (evaluation: Evaluation) => Promise<T>): Promise<T> {
    const worker = new Worker(new URL('./rule-thread.js', import.meta.url), {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
      stdout: true,
      stderr: true,
    });
    // Heard by who waits for a message; without anybody it would end the process.
    worker.on('error', () => {});
    const time = AbortSignal.timeout(this.timeoutMs);
    const signal = AbortSignal.any([gone, time]);
    const next = async (): Promise<RuleOutcome> => {
      const [message] = (await once(worker, 'message', { signal })) as [RuleOutcome];
      return message;
    };
    try {
      return await use({
        outcome: await next(),
        passOn: (history) => {
          const answer = next();
          worker.postMessage(history);
          return answer;
        },
      });
    } catch (error) {
      if (error instanceof TactusError) throw error;
      const why = time.aborted
        ? `more than ${this.timeoutMs} ms (TACTUS_API_RULE_TIMEOUT_MS)`
        : messageOf(error);
      throw new TactusError('TACTUS_QUERY_TOO_LARGE', `evaluating the rules took too much: ${why}`);
    } finally {
      void worker.terminate();
    }
  }
}
