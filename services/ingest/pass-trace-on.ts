import type { OutputBatch } from '../../shared/core/output-batch.js';
import {
  LEAST_TRACED_BYTES,
  TRACE_HEADER_BYTES,
  traceHeaders,
  traceIn,
} from '../../shared/core/trace-context.js';

/** A count of one, as a varint. */
const ONE_HEADER = 2;

/** Gives the last output the header of a trace that ends at `end`, without the mark of the gateway that comes before it. */
export function passTraceOn(outputs: OutputBatch, bytes: Buffer, end: number): void {
  const own = outputs.room(LEAST_TRACED_BYTES);
  const start = outputs.at;
  own[start] = ONE_HEADER;
  bytes.copy(own, start + 1, end - TRACE_HEADER_BYTES, end);
  outputs.at = start + LEAST_TRACED_BYTES;
  outputs.putHeaders(own, start, outputs.at);
}

/** Gives the outputs from `first` on the trace of the one before, which they are made of. */
export function shareTrace(outputs: OutputBatch, first: number): void {
  const headers = first === outputs.length ? null : outputs.headersOf(first - 1);
  const trace = headers === null ? null : traceIn(headers, 0, headers.length);
  if (trace === null) return;
  const own = traceHeaders(trace);
  for (let i = first; i < outputs.length; i++) outputs.addHeaders(own, i);
}
