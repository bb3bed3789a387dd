import type { Millis } from '../core/clock.js';
import type { TraceContext } from '../core/trace-context.js';

export type SpanKind = 'server' | 'consumer' | 'producer' | 'client' | 'internal';
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  readonly kind: SpanKind;
  /** The span that it is part of; without one it begins a trace. */
  readonly parent?: TraceContext | null | undefined;
  /** Spans that it goes back to. */
  readonly links?: readonly TraceContext[];
  readonly attributes?: SpanAttributes;
  /** Wall clock; default now. */
  readonly startedAt?: Millis;
}

export interface Span {
  readonly context: TraceContext;
  set(attributes: SpanAttributes): void;
  /** @param problem what went wrong, if something did */
  end(problem?: string | null): void;
}

/**
 * Where spans go. Whoever begins a trace decides whether it is sampled: here come only those that are. Nothing
 * waits for a span to be exported, and one for which there is no room is dropped and counted.
 */
export interface Tracing {
  /**
   * Whether a span of a batch, or one of what came of it, may be started now: what is read fast would else be slowed down.
   * Batches get a quarter of what there is room for.
   */
  hasRoom(of: 'batch' | 'output'): boolean;
  start(name: string, options: SpanOptions): Span;
  /** Resolves when the spans so far are exported, or given up. */
  close(): Promise<void>;
}
