import type { TraceContext } from '../core/trace-context.js';

/** Whom and which trace a line of the log is about; missing where that is not known. */
export interface AboutFields {
  readonly tenant?: string;
  readonly trace_id?: string;
  readonly span_id?: string;
}

/** Senders choose what they put where the tenant stands. */
const MAX_TENANT = 256;

/** The fields of a line about a tenant's record, request or notification, by the names that OpenTelemetry gives those of traces. */
export function aboutFields(tenant: unknown, context: Partial<TraceContext> | null | undefined): AboutFields {
  return {
    ...(typeof tenant === 'string' && tenant !== '' && { tenant: tenant.slice(0, MAX_TENANT) }),
    ...(context?.traceId && { trace_id: context.traceId }),
    ...(context?.spanId && { span_id: context.spanId }),
  };
}
