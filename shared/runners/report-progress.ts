import { startProducer } from '../adapters/kafka/produce/producer.js';
import { TactusError } from '../core/errors.js';
import type { OutputRecord } from '../core/output-batch.js';
import type { LogSource } from '../ports/log.js';
import type { WorkerContext } from '../process/context.js';
import { sleep } from '../process/wait.js';
import type { TimeNotes } from './time-notes.js';

const EVERY_MS = 1_000;
/** Every so many reports the partitions of the inputs are counted. */
const COUNT_EVERY = 5;

/**
 * Writes once a second what is new of a worker's progress, and looks for new partitions of its inputs.
 *
 * @returns ends it
 */
export async function reportProgress(
  context: Pick<WorkerContext, 'config' | 'log' | 'health' | 'stopping' | 'fail'>,
  notes: TimeNotes,
  reader: Pick<LogSource, 'partitions'>,
  take: () => Promise<readonly OutputRecord[]>,
): Promise<() => Promise<void>> {
  const { config, log, stopping, fail } = context;
  const producer = await startProducer(context);
  const ended = new AbortController();
  const signal = AbortSignal.any([stopping, ended.signal]);
  const report = async (turn: number): Promise<void> => {
    try {
      if (turn % COUNT_EVERY === 0) await notes.count(reader, config.kafka.topicPrefix);
      await producer.send(await take());
    } catch (error) {
      if (!(error instanceof TactusError)) return fail(error);
      // The next report says more than this one would have.
      if (!signal.aborted) log.warn({ error }, `reporting progress: ${error.message}`);
    }
  };
  const loop = async () => {
    for (let turn = 1; !signal.aborted; turn++) {
      await sleep(EVERY_MS, signal);
      if (!signal.aborted) await report(turn);
    }
  };
  const done = loop();
  return async () => {
    ended.abort();
    await done;
    await producer.close();
  };
}
