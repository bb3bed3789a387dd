import type { OutputBatch } from '../../../shared/core/output-batch.js';
import { traceHeaders } from '../../../shared/core/trace-context.js';
import type { Span, Tracing } from '../../../shared/ports/tracing.js';
import type { HeadSampler } from './head-sampler.js';

/** Records of a request that carry its trace: of very many all would only say the same. */
const MAX_RECORDS = 16;

/** What is known of a request when it begins. */
export interface TracedRequest {
  readonly traceparent: string | string[] | undefined;
  readonly path: string;
  readonly format: string;
  readonly tenantId: string;
  /** Wall clock. */
  readonly began: number;
}

/** Spans of the requests that are sampled. */
export class RequestTraces {
  constructor(
    private readonly tracing: Tracing,
    private readonly sampler: HeadSampler,
  ) {}

  /** Null for a request that is not traced. */
  begin({ traceparent, path, format, tenantId, began }: TracedRequest): Span | null {
    const decision = this.sampler.decide(typeof traceparent === 'string' ? traceparent : undefined, began);
    if (decision === null) return null;
    return this.tracing.start(`POST ${path}`, {
      kind: 'server',
      parent: decision.parent,
      startedAt: began,
      attributes: {
        'http.request.method': 'POST',
        'http.route': path,
        'tactus.format': format,
        'tactus.tenant': tenantId,
      },
    });
  }
}

/** Gives the records of a request from `first` on its trace. */
export function markTraced(batch: OutputBatch, first: number, span: Span): void {
  const headers = traceHeaders(span.context);
  const end = Math.min(batch.length, first + MAX_RECORDS);
  for (let i = first; i < end; i++) batch.putHeaders(headers, 0, headers.length, i);
  span.set({ 'tactus.records': batch.length - first });
}

/** Ends the span of a request that was answered. */
export function endAnswered(span: Span, status: number): void {
  span.set({ 'http.response.status_code': status });
  span.end(status >= 500 ? `it was answered ${status}` : null);
}
