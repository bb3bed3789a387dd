import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, type Tracer, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  type SpanExporter,
  type SpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Config } from '../../config/load.js';
import type { Clock } from '../../core/clock.js';
import { EachSecond } from '../../core/each-second.js';
import { messageOf } from '../../core/errors.js';
import type { TraceContext } from '../../core/trace-context.js';
import type { Span, SpanOptions, Tracing } from '../../ports/tracing.js';
import type { SpanOutcome } from './tracing-telemetry.js';

/*
 * Spans by OpenTelemetry's SDK. This file is imported only where tracing is on.
 */

const EXPORT_EVERY_MS = 2_000;
const EXPORT_TIMEOUT_MS = 10_000;
const BATCH_SPANS = 512;
/** Longest text of an attribute: tenants choose some of them. */
const MAX_TEXT = 256;
const WARN_EVERY_MS = 60_000;
/** Batches get one of so many spans. */
const BATCH_PART = 4;

export interface TracingOptions {
  readonly settings: Pick<Config['tracing'], 'endpoint' | 'maxQueuedSpans' | 'maxSpansPerSecond'>;
  readonly resource: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Called with what became of so many spans. */
  readonly count: (outcome: SpanOutcome, spans: number) => void;
  /** Called, at most once a minute, when the collector does not take spans. */
  readonly warn: (reason: string) => void;
}

export function openTracing(options: TracingOptions): Tracing {
  const { endpoint, maxQueuedSpans } = options.settings;
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS });
  const queue = new BoundedQueue(exporter, maxQueuedSpans, options);
  const provider = new TracerProvider({
    resource: resourceFromAttributes(options.resource),
    sampler: new AlwaysOnSampler(),
    spanLimits: { attributeValueLengthLimit: MAX_TEXT },
    spanProcessors: [queue],
  });
  const tracer = provider.getTracer('tactus', options.resource['service.version']);
  return new OpenTelemetryTracing(tracer, options, () => provider.shutdown());
}

class OpenTelemetryTracing implements Tracing {
  readonly #started = new EachSecond();

  constructor(
    private readonly tracer: Tracer,
    private readonly options: Pick<TracingOptions, 'settings' | 'clock'>,
    private readonly shutdown: () => Promise<void>,
  ) {}

  hasRoom(of: 'batch' | 'output'): boolean {
    const { maxSpansPerSecond } = this.options.settings;
    const started = this.#started.at(this.options.clock.now());
    return started < (of === 'batch' ? maxSpansPerSecond / BATCH_PART : maxSpansPerSecond);
  }

  start(name: string, { kind, parent, links = [], attributes, startedAt }: SpanOptions): Span {
    this.#started.add();
    const context = parent ? trace.setSpanContext(ROOT_CONTEXT, remote(parent)) : ROOT_CONTEXT;
    const span = this.tracer.startSpan(
      name,
      {
        kind: KINDS[kind],
        root: !parent,
        links: links.map((link) => ({ context: remote(link) })),
        ...(attributes !== undefined && { attributes }),
        ...(startedAt !== undefined && { startTime: startedAt }),
      },
      context,
    );
    const { traceId, spanId } = span.spanContext();
    return {
      context: { traceId, spanId },
      set: (more) => void span.setAttributes(more),
      end: (problem = null) => {
        if (problem !== null)
          span.setStatus({ code: SpanStatusCode.ERROR, message: problem.slice(0, MAX_TEXT) });
        span.end();
      },
    };
  }

  async close(): Promise<void> {
    // A collector that is away is no reason to fail.
    await this.shutdown().catch(() => undefined);
  }
}

const KINDS = {
  server: SpanKind.SERVER,
  consumer: SpanKind.CONSUMER,
  producer: SpanKind.PRODUCER,
  client: SpanKind.CLIENT,
  internal: SpanKind.INTERNAL,
} as const;

function remote(context: TraceContext) {
  return { ...context, traceFlags: TraceFlags.SAMPLED, isRemote: true };
}

/**
 * The SDK's batches, with the spans counted: the SDK itself drops those that its queue has no room for in silence. Those
 * that an export is under way with count as waiting.
 */
class BoundedQueue implements SpanProcessor {
  readonly #batches: BatchSpanProcessor;
  #waiting = 0;
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor(
    exporter: SpanExporter,
    private readonly most: number,
    private readonly options: Pick<TracingOptions, 'clock' | 'count' | 'warn'>,
  ) {
    this.#batches = new BatchSpanProcessor({
      exporter: this.#counted(exporter),
      maxQueueSize: most,
      maxExportBatchSize: Math.min(BATCH_SPANS, most),
      scheduledDelayMillis: EXPORT_EVERY_MS,
      exportTimeoutMillis: EXPORT_TIMEOUT_MS,
    });
  }

  onStart(): void {}

  onEnd(span: Parameters<SpanProcessor['onEnd']>[0]): void {
    if (this.#waiting >= this.most) this.options.count('dropped', 1);
    else {
      this.#waiting += 1;
      this.#batches.onEnd(span);
    }
  }

  forceFlush(): Promise<void> {
    return this.#batches.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#batches.shutdown();
  }

  #counted(exporter: SpanExporter): SpanExporter {
    return {
      export: (spans, done) =>
        exporter.export(spans, (result) => {
          const { count } = this.options;
          this.#waiting -= spans.length;
          // ExportResultCode.SUCCESS
          const isDone = result.code === 0;
          count(isDone ? 'exported' : 'failed', spans.length);
          if (!isDone) this.#warn(result.error);
          done(result);
        }),
      shutdown: () => exporter.shutdown(),
    };
  }

  #warn(error: unknown): void {
    const now = this.options.clock.now();
    if (now - this.#warnedAt < WARN_EVERY_MS) return;
    this.#warnedAt = now;
    this.options.warn(error === undefined ? 'no reason given' : messageOf(error));
  }
}
