import { decodePoints } from '../decode-points.js';
import type { Format } from '../format.js';
import type { Outcome } from '../outcome.js';
import { unsupportedType } from '../unsupported-type.js';
import type { RemoteWriteCounts } from './series.js';
import { RemoteWrite1 } from './version-1.js';
import { RemoteWrite2 } from './version-2.js';

const PROTOBUF = 'application/x-protobuf';
const MESSAGE = /;\s*proto\s*=\s*"?([^;"\s]*)/i;
const MESSAGE_1 = 'prometheus.WriteRequest';
const MESSAGE_2 = 'io.prometheus.write.v2.Request';
const TEXT = { 'content-type': 'text/plain; charset=utf-8' };
const SHOWN_REFUSALS = 10;

/** Prometheus' remote write, version 1.0 or 2.0 by the content type. */
export function remoteWrite(): Format {
  const version1 = new RemoteWrite1();
  const version2 = new RemoteWrite2();
  const counted = new WeakMap<Outcome, RemoteWriteCounts>();
  return {
    name: 'remote-write',
    scope: 'write:metrics',
    plainEncoding: 'snappy',
    overQuota: (lasting) => (lasting ? 429 : 503),
    decode(request, sink, outcome) {
      const decoder = isVersion2(request.mediaType, request.headers['content-type']) ? version2 : version1;
      const counts = { samplesLeftOut: 0, histogramsLeftOut: 0 };
      counted.set(outcome, counts);
      decodePoints(request, sink, outcome, (decoding) => decoder.decode(request.body, decoding, counts));
    },
    answer(outcome, { headers, mediaType }) {
      const counts = counted.get(outcome);
      const written =
        counts !== undefined && isVersion2(mediaType, headers['content-type'])
          ? writtenHeaders(outcome, counts)
          : {};
      if (outcome.refused === 0) return { status: 204, headers: written, body: '' };
      return { status: 400, headers: { ...TEXT, ...written }, body: textOfRefusals(outcome) };
    },
    refuse: ({ status, error }) => ({ status, headers: TEXT, body: `${error.code}: ${error.message}\n` }),
  };
}

/** @throws TactusError `TACTUS_BODY_UNSUPPORTED` */
function isVersion2(mediaType: string, header: string | undefined): boolean {
  const message = MESSAGE.exec(header ?? '')?.[1] ?? MESSAGE_1;
  // Some senders of version 1.0 state no type at all.
  if ((mediaType === PROTOBUF || mediaType === '') && message === MESSAGE_1) return false;
  if (mediaType === PROTOBUF && message === MESSAGE_2) return true;
  throw unsupportedType(header ?? '', `is ${PROTOBUF}, with proto=${MESSAGE_1} or ${MESSAGE_2}`);
}

/** What makes no point by itself, such as a NaN, counts as written: nobody has to send it again. Exemplars are not kept. */
function writtenHeaders(
  { accepted, histograms }: Outcome,
  { samplesLeftOut, histogramsLeftOut }: RemoteWriteCounts,
): Record<string, string> {
  return {
    'x-prometheus-remote-write-samples-written': String(accepted - histograms + samplesLeftOut),
    'x-prometheus-remote-write-histograms-written': String(histograms + histogramsLeftOut),
    'x-prometheus-remote-write-exemplars-written': '0',
  };
}

function textOfRefusals(outcome: Outcome): string {
  const lines = outcome.reasons(
    SHOWN_REFUSALS,
    ({ index, code, message }) => `timeseries ${index}: ${code}: ${message}`,
  );
  return `${outcome.refused} samples are refused, ${outcome.accepted} are written:\n${lines.join('\n')}\n`;
}
