import type { TraceContext } from '../../shared/core/trace-context.js';
import type { SpanAttributes, SpanOptions, Tracing } from '../../shared/ports/tracing.js';

/** A span that a test has recorded. */
export interface RecordedSpan extends SpanOptions {
  readonly name: string;
  readonly context: TraceContext;
  attributes: SpanAttributes;
  /** Undefined until it has ended. */
  problem?: string | null;
}

export const contextOf = (trace: number, span: number): TraceContext => ({
  traceId: trace.toString(16).padStart(32, '0'),
  spanId: span.toString(16).padStart(16, '0'),
});

/** Keeps spans in a list; ids count up, those of traces from 1,000 on. */
export class RecordedTracing implements Tracing {
  readonly spans: RecordedSpan[] = [];

  /** How many more spans may be started. */
  room = Number.POSITIVE_INFINITY;

  hasRoom(of: 'batch' | 'output'): boolean {
    return this.spans.length < (of === 'batch' ? this.room / 4 : this.room);
  }

  start(name: string, options: SpanOptions) {
    const number = this.spans.length + 1;
    const { traceId, spanId } = contextOf(1_000 + number, 1_000 + number);
    const context = { traceId: options.parent?.traceId ?? traceId, spanId };
    const span: RecordedSpan = { name, ...options, context, attributes: { ...options.attributes } };
    this.spans.push(span);
    return {
      context,
      set: (more: SpanAttributes) => {
        span.attributes = { ...span.attributes, ...more };
      },
      end: (problem: string | null = null) => {
        span.problem = problem;
      },
    };
  }

  async close(): Promise<void> {}

  named(name: string): RecordedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }
}
