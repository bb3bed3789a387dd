import { TactusError } from '../../../shared/core/errors.js';
import { type Decoding, UndecodableError } from './decoding.js';
import type { FormatRequest, RecordSink } from './format.js';
import type { Outcome } from './outcome.js';

/**
 * Runs a decoder of points.
 *
 * @throws TactusError `TACTUS_BODY_UNDECODABLE`; `TACTUS_NOT_ALLOWED` where no tenant is named
 */
export function decodePoints(
  request: FormatRequest,
  sink: RecordSink,
  outcome: Outcome,
  run: (decoding: Decoding) => void,
): void {
  const tenantId = requireTenant(request);
  const { source, now } = request;
  const { cache, checkSeries } = sink;
  undecodable(() =>
    sink.columns(tenantId, source, (columns) => run({ tenantId, now, columns, cache, outcome, checkSeries })),
  );
}

/** The tenant of a request whose items name none. @throws TactusError `TACTUS_NOT_ALLOWED` */
export function requireTenant({ tenantId }: FormatRequest): string {
  if (tenantId !== null) return tenantId;
  throw new TactusError(
    'TACTUS_NOT_ALLOWED',
    'the key is for all tenants: name one in the header X-Scope-OrgID',
  );
}

/** @throws TactusError `TACTUS_BODY_UNDECODABLE` for what a decoder cannot read */
export function undecodable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UndecodableError)) throw error;
    throw new TactusError('TACTUS_BODY_UNDECODABLE', error.message);
  }
}
