import { hostname } from 'node:os';
import { pino } from 'pino';

export type Logger = pino.Logger;

/**
 * Structured JSON logs on stdout. Every line carries `worker` and `instance`; whoever handles a
 * partition adds `topic`, `partition` and `offset`, which together identify an event across logs.
 */
export function createLogger(worker: string, level: string): Logger {
  return pino({
    level,
    base: { worker, instance: `${hostname()}-${process.pid}` },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err },
  });
}
