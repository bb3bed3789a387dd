import { Counter, type Registry } from 'prom-client';

/** What became of spans. */
export type SpanOutcome = 'exported' | 'failed' | 'dropped';

export function spanCounter(register: Registry): (outcome: SpanOutcome, spans: number) => void {
  const counter = new Counter({
    name: 'tactus_tracing_spans_total',
    help: 'Spans by what became of them: exported, failed (the collector did not take them) or dropped (too many were waiting); only where tracing is on',
    labelNames: ['outcome'],
    registers: [register],
  });
  return (outcome, spans) => counter.inc({ outcome }, spans);
}
