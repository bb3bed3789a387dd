import type { TopicName } from '../../topics/names.js';
import { describeGap, type LogGap } from '../adapters/kafka/consume/log-gap.js';
import { readerTelemetry } from '../adapters/kafka/consume/telemetry.js';
import type { WorkerContext } from '../process/context.js';

/** A partition that somebody opens; `key` names it. */
export interface GapSite {
  readonly context: Pick<WorkerContext, 'log' | 'metrics' | 'health'>;
  readonly key: string;
  /** Logical. */
  readonly name: TopicName;
  readonly partition: number;
}

/** Says in the log, in metrics and on `/readyz` that a partition cannot go on where it was committed. */
export function reportGap({ context, key, name, partition }: GapSite, gap: LogGap, position: number): void {
  const text = describeGap(gap, key, position);
  context.log.error({ ...gap, position, topic: name, partition }, text);
  readerTelemetry(context.metrics).gap(name, gap.cause, gap.records);
  context.health.note(noteOf(key), text);
}

/** The partition is another's. */
export function forgetGap({ context, key }: Pick<GapSite, 'context' | 'key'>): void {
  context.health.clearNote(noteOf(key));
}

function noteOf(key: string): string {
  return `committed offset of ${key}`;
}
