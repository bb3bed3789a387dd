import type { Codecs } from '../../../shared/adapters/avro/codecs.js';
import type { Config } from '../../../shared/config/load.js';
import type { WorkerContext } from '../../../shared/process/context.js';
import type { SinkOptions } from '../../../shared/runners/sink-worker.js';
import type { SinkTelemetry } from './telemetry.js';

export interface SinkContext extends WorkerContext {
  readonly codecs: Codecs;
  readonly telemetry: SinkTelemetry;
}

/** A target that is open for writing. */
export interface OpenSink {
  readonly handlers: SinkOptions['handlers'];
  /** Called when the last batch is written. */
  close(): Promise<void>;
}

/**
 * One target of the stream's records. Its folder holds how its configuration is read (`sink.ts`), how
 * records are converted to what the target takes (rows, entries, requests; pure), and the writing itself.
 *
 * Each target has the consumer group `sink-<name>`, so that one that is down does not delay the others.
 */
export interface Sink {
  /** The variable that must be set for this target; null when the configuration is complete. */
  readonly needs: (config: Config) => string | null;
  readonly open: (context: SinkContext) => Promise<OpenSink>;
}

/** The topics in a comma-separated configuration value, which has been validated. */
export function topicList<N extends string>(text: string): N[] {
  return [...new Set(text.split(',').map((name) => name.trim() as N))];
}
