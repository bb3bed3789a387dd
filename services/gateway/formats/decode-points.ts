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
  { tenantId, source, now }: FormatRequest,
  sink: RecordSink,
  outcome: Outcome,
  run: (decoding: Decoding) => void,
): void {
  if (tenantId === null)
    throw new TactusError(
      'TACTUS_NOT_ALLOWED',
      'the key is for all tenants: name one in the header X-Scope-OrgID',
    );
  const { cache, checkSeries } = sink;
  try {
    sink.columns(tenantId, source, (columns) => run({ tenantId, now, columns, cache, outcome, checkSeries }));
  } catch (error) {
    if (!(error instanceof UndecodableError)) throw error;
    throw new TactusError('TACTUS_BODY_UNDECODABLE', error.message);
  }
}
