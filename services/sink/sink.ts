import type { Codecs } from '../../shared/adapters/avro/codecs.js';
import type { Config } from '../../shared/config/load.js';
import type { WorkerContext } from '../../shared/process/context.js';
import type { SinkOptions } from '../../shared/runners/sink-worker.js';
import type { SinkTelemetry } from './telemetry.js';

/** What every sink is handed. */
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
 * One target of what the stream says. Its folder holds how its configuration is read (`sink.ts`), how
 * records become what the target takes (rows, entries, bodies; pure), and the writing itself.
 *
 * Each has the consumer group `sink-<name>`: one that is down holds up nothing but itself.
 */
export interface Sink {
  /** Null when the configuration has what it needs; otherwise the variable to set. */
  readonly needs: (config: Config) => string | null;
  readonly open: (context: SinkContext) => Promise<OpenSink>;
}
