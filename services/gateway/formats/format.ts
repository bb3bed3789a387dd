import type { IncomingHttpHeaders } from 'node:http';
import type { Event } from '../../../schemas/types.js';
import type { Rejection } from '../../../shared/admission/policy.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { TactusError } from '../../../shared/core/errors.js';
import type { Scope } from '../../../shared/ports/keys.js';
import type { PointColumns } from '../points/point-columns.js';
import type { SeriesCache } from '../points/series-cache.js';
import type { Outcome } from './outcome.js';

/** What a decoder reads. */
export interface FormatRequest {
  /** Null where the key is for all tenants and no header names one: then only items can. */
  readonly tenantId: string | null;
  /** Whether the key may write for this tenant. */
  readonly allows: (tenantId: string) => boolean;
  /** Unpacked; valid until the decoder returns. */
  readonly body: Buffer;
  /** Media type in lower case, without parameters; empty for none. */
  readonly mediaType: string;
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  /** Family of the user agent. */
  readonly source: string | null;
  /** When it arrived. */
  readonly now: Millis;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** A request that is refused as a whole, and why. */
export interface Problem {
  readonly status: number;
  readonly error: TactusError;
}

/** Takes what a decoder has read, and refuses what is not within the limits. */
export interface RecordSink {
  /**
   * @param index place of the item in the request, for the answer
   * @returns false for one that is refused
   */
  event(event: Event, index: number): boolean;
  /**
   * Points: hands columns to `decode`, and writes what it puts there; refused points are refused by their place in the
   * request.
   *
   * @param tenantId of all of them, and one that is let in
   */
  columns(tenantId: string, source: string | null, decode: (columns: PointColumns) => void): void;
  /** What is known of series, by the bytes of their labels. */
  readonly cache: SeriesCache;
  /** What ingest says of a tenant that items name; null when it lets it in. */
  checkTenant(tenantId: string): Rejection | null;
  /** What ingest says of a series; null when it lets it in. */
  readonly checkSeries: (metric: string, tags: Readonly<Record<string, string>>) => Rejection | null;
}

/** One way of sending: how bodies are read, and what senders are answered in their own terms. */
export interface Format {
  /** Label in metrics. */
  readonly name: string;
  readonly scope: Scope;
  /** What a body without Content-Encoding is packed with. */
  readonly plainEncoding: 'identity' | 'snappy';
  /**
   * What senders are answered who send more than their quota: 503 where they drop what is answered 429. Null where nothing
   * is counted.
   *
   * @param lasting it is no short burst
   */
  readonly overQuota: ((lasting: boolean) => 429 | 503) | null;
  /**
   * Passes on what the body holds, one tenant after the other.
   *
   * @throws TactusError `TACTUS_BODY_UNDECODABLE`, `TACTUS_BODY_UNSUPPORTED` or `TACTUS_NOT_ALLOWED`; then nothing of
   *   the request is written
   */
  decode(request: FormatRequest, sink: RecordSink, outcome: Outcome): void;
  /** When all that was taken is acknowledged. */
  answer(outcome: Outcome, request: Omit<FormatRequest, 'body'>): Answer;
  /** When nothing is known to be written. */
  refuse(problem: Problem, headers: IncomingHttpHeaders): Answer;
}
