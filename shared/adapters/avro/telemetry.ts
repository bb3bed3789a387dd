import { Counter, type Registry } from 'prom-client';

const UNKNOWN = 'tactus_codec_unknown_schemas_total';

/** What the codecs count. */
export interface CodecTelemetry {
  unknownSchema(topic: string): void;
}

/** Registers the codecs' metrics; without a registry nothing is counted. */
export function codecTelemetry(metrics: Registry | undefined): CodecTelemetry {
  if (metrics === undefined) return { unknownSchema: () => {} };
  const counter =
    (metrics.getSingleMetric(UNKNOWN) as Counter<'topic'> | undefined) ??
    new Counter({
      name: UNKNOWN,
      help: 'Values whose schema id the registry does not know',
      labelNames: ['topic'] as const,
      registers: [metrics],
    });
  return { unknownSchema: (topic) => counter.inc({ topic }) };
}
