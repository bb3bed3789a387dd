import { TactusError } from '../../../../shared/core/errors.js';
import { unsignedSize, writeUnsigned } from '../../../../shared/core/varint.js';
import { decodePoints } from '../decode-points.js';
import type { Format } from '../format.js';
import type { Outcome } from '../outcome.js';
import { OtlpMetrics } from './metrics.js';

const PROTOBUF = 'application/x-protobuf';
const PROTOBUF_TYPE = { 'content-type': PROTOBUF };
const SHOWN_REFUSALS = 10;
/** Field numbers with wire types: 1 a varint, 1 and 2 bytes. */
const FIRST_VARINT = 0x08;
const FIRST_BYTES = 0x0a;
const SECOND_BYTES = 0x12;
/** google.rpc.Code by status. */
const CODES: Readonly<Record<number, number>> = { 401: 16, 403: 7, 404: 12, 413: 8, 415: 3, 429: 8, 503: 14 };
const INVALID_ARGUMENT = 3;

/** OTLP/HTTP metrics in Protocol Buffers. */
export function otlpMetrics(): Format {
  const decoder = new OtlpMetrics();
  return {
    name: 'otlp',
    scope: 'write:metrics',
    plainEncoding: 'identity',
    decode(request, sink, outcome) {
      if (request.mediaType !== PROTOBUF)
        throw new TactusError(
          'TACTUS_BODY_UNSUPPORTED',
          `Content-Type is ${JSON.stringify(request.mediaType.slice(0, 64))}; allowed is ${PROTOBUF}`,
        );
      decodePoints(request, sink, outcome, (decoding) => void decoder.decode(request.body, decoding));
    },
    answer: (outcome) => ({ status: 200, headers: PROTOBUF_TYPE, body: partialSuccess(outcome) }),
    // google.rpc.Status: a code and a message.
    refuse: ({ status, error }) => ({
      status,
      headers: PROTOBUF_TYPE,
      body: Buffer.concat([
        varintField(FIRST_VARINT, CODES[status] ?? INVALID_ARGUMENT),
        bytesField(SECOND_BYTES, Buffer.from(`${error.code}: ${error.message}`)),
      ]),
    }),
  };
}

/** Empty when nothing is refused, as the specification has it. */
function partialSuccess({ refused, inWords }: Outcome): Buffer {
  if (refused === 0) return Buffer.alloc(0);
  const lines = inWords
    .slice(0, SHOWN_REFUSALS)
    .map(({ index, code, message }) => `data point ${index}: ${code}: ${message}`);
  const more = refused - lines.length;
  if (more > 0) lines.push(`and ${more} more`);
  const inner = [varintField(FIRST_VARINT, refused), bytesField(SECOND_BYTES, Buffer.from(lines.join('; ')))];
  return bytesField(FIRST_BYTES, Buffer.concat(inner));
}

function varintField(tag: number, value: number): Buffer {
  const bytes = Buffer.alloc(1 + unsignedSize(value));
  bytes[0] = tag;
  writeUnsigned(bytes, 1, value);
  return bytes;
}

function bytesField(tag: number, value: Buffer): Buffer {
  return Buffer.concat([varintField(tag, value.length), value]);
}
