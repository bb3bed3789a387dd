import { integer, number, url } from './formats.js';

export const tracing = {
  exporter: {
    doc: 'Where spans go: off (no part of OpenTelemetry is loaded then), or otlp, which is OTLP over HTTP with protobuf',
    format: ['off', 'otlp'],
    default: 'off',
    env: 'TACTUS_TRACING',
  },
  endpoint: {
    doc: 'Base address of the collector that spans are sent to, without v1/traces; OTEL_EXPORTER_OTLP_HEADERS, _TIMEOUT, _COMPRESSION and _CERTIFICATE are understood as well',
    format: url('http', 'https'),
    default: 'http://localhost:4318',
    env: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    address: true,
  },
  sampleRatio: {
    doc: 'Part of the requests that a trace is begun for, from 0 to 1, where the sender has not decided by traceparent',
    format: number(0, 1),
    default: 0.01,
    env: 'TACTUS_TRACING_SAMPLE_RATIO',
  },
  maxTracesPerSecond: {
    doc: 'Most requests a second that one gateway traces, those that senders ask for by traceparent among them; further ones are not traced',
    format: integer(1, 10_000),
    default: 100,
    env: 'TACTUS_TRACING_MAX_TRACES_PER_SECOND',
  },
  maxSpansPerSecond: {
    doc: 'Most spans a second of batches and of what comes of them, in one worker; a quarter of them for batches. Beyond it records are not looked at',
    format: integer(4, 100_000),
    default: 10,
    env: 'TACTUS_TRACING_MAX_SPANS_PER_SECOND',
  },
  maxQueuedSpans: {
    doc: 'Most spans that wait to be exported, a few KB each; further ones are dropped and counted',
    format: integer(64, 100_000),
    default: 4_096,
    env: 'TACTUS_TRACING_MAX_QUEUED_SPANS',
  },
};
