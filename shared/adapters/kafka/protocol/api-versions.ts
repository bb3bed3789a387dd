import { requireSuccess } from './answers.js';
import { FlexibleReader, FlexibleWriter } from './flexible.js';
import type { PartsRequest } from './requests.js';

/** The features that a broker knows to be finalized for the whole cluster (KIP-584). */
export interface FinalizedFeatures {
  /** Grows with each change; -1 where the broker knows of none. */
  readonly epoch: bigint;
  /** Highest finalized level by name. */
  readonly levels: ReadonlyMap<string, number>;
}

const TIMEOUT_MS = 10_000;
const EPOCH_TAG = 1;
const FEATURES_TAG = 2;

/** ApiVersions version 3 (Kafka 2.4 and later), of which the finalized features are read. */
export function finalizedFeatures(): PartsRequest<FinalizedFeatures> {
  const body = new FlexibleWriter().compactString('tactus').compactString('1').noTags();
  return {
    ...{ apiName: 'ApiVersions', apiKey: 18, apiVersion: 3, flexible: true, requestTimeoutMs: TIMEOUT_MS },
    parts: [body.take()],
    // Its response has no tagged fields in the header, so that any client can read it.
    decode: (payload) => read(new FlexibleReader(payload)),
  };
}

function read(reader: FlexibleReader): FinalizedFeatures {
  requireSuccess(reader.int16(), 'asking for the features of the cluster');
  reader.compactArray(() => {
    reader.int16();
    reader.int16();
    reader.int16();
    reader.tags();
  });
  reader.int32();
  let epoch = -1n;
  const levels = new Map<string, number>();
  reader.tags({
    [EPOCH_TAG]: (field) => {
      epoch = field.int64();
    },
    [FEATURES_TAG]: (field) => {
      field.compactArray(() => {
        levels.set(field.compactString() ?? '', field.int16());
        field.int16();
        field.tags();
      });
    },
  });
  return { epoch, levels };
}
