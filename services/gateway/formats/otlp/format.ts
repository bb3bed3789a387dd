import { unsignedSize, writeUnsigned } from '../../../../shared/core/varint.js';
import { decodePoints, requireTenant, undecodable } from '../decode-points.js';
import type { Format, FormatRequest, RecordSink } from '../format.js';
import { jsonOf } from '../json/body.js';
import type { Outcome } from '../outcome.js';
import { unsupportedType } from '../unsupported-type.js';
import { OtlpJson } from './json.js';
import { LOGS_REQUEST, METRICS_REQUEST, type Message } from './json-messages.js';
import { OtlpLogs } from './logs.js';
import { OtlpMetrics } from './metrics.js';

const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';
const SHOWN_REFUSALS = 10;
/** Field numbers with wire types: 1 a varint, 1 and 2 bytes. */
const FIRST_VARINT = 0x08;
const FIRST_BYTES = 0x0a;
const SECOND_BYTES = 0x12;
/** google.rpc.Code by status. */
const CODES: Readonly<Record<number, number>> = { 401: 16, 403: 7, 405: 12, 413: 8, 415: 3, 429: 8, 503: 14 };
const INVALID_ARGUMENT = 3;

/** What OTLP's signals differ in. */
interface Signal extends Pick<Format, 'name' | 'scope'> {
  readonly request: Message;
  /** As an answer counts them, and as it names one. */
  readonly rejected: string;
  readonly item: string;
  /** @param body in Protocol Buffers */
  readonly decode: (body: Buffer, request: FormatRequest, sink: RecordSink, outcome: Outcome) => void;
}

/** OTLP/HTTP metrics, in Protocol Buffers and JSON. */
export function otlpMetrics(): Format {
  const decoder = new OtlpMetrics();
  return otlp({
    ...{ name: 'otlp', scope: 'write:metrics', request: METRICS_REQUEST },
    ...{ rejected: 'rejectedDataPoints', item: 'data point' },
    decode: (body, request, sink, outcome) =>
      decodePoints(request, sink, outcome, (decoding) => void decoder.decode(body, decoding)),
  });
}

/** OTLP/HTTP logs, which become events. */
export function otlpLogs(): Format {
  const decoder = new OtlpLogs();
  return otlp({
    ...{ name: 'otlp-logs', scope: 'write:events', request: LOGS_REQUEST },
    ...{ rejected: 'rejectedLogRecords', item: 'log record' },
    decode: (body, request, sink, outcome) => {
      const tenantId = requireTenant(request);
      undecodable(() => decoder.decode(body, { tenantId, request, sink, outcome }));
    },
  });
}

function otlp({ name, scope, request: message, rejected, item, decode }: Signal): Format {
  const json = new OtlpJson();
  return {
    name,
    scope,
    plainEncoding: 'identity',
    overQuota: () => 429,
    decode(request, sink, outcome) {
      const { mediaType, body } = request;
      if (mediaType !== PROTOBUF && mediaType !== JSON_TYPE)
        throw unsupportedType(mediaType, `are ${PROTOBUF} and ${JSON_TYPE}`);
      const bytes = mediaType === PROTOBUF ? body : undecodable(() => json.transcode(jsonOf(body), message));
      decode(bytes, request, sink, outcome);
    },
    answer(outcome, { mediaType }) {
      const { refused } = outcome;
      const why = refused === 0 ? '' : reasons(outcome, item);
      if (mediaType !== JSON_TYPE) return inProtobuf(200, partialSuccess(refused, why));
      // Numbers of 64 bits are text in JSON.
      const partial = { [rejected]: String(refused), errorMessage: why };
      return inJson(200, refused === 0 ? {} : { partialSuccess: partial });
    },
    // google.rpc.Status: a code and a message.
    refuse({ status, error }, headers) {
      const code = CODES[status] ?? INVALID_ARGUMENT;
      const text = `${error.code}: ${error.message}`;
      if ((headers['content-type'] ?? '').trim().toLowerCase().startsWith(JSON_TYPE))
        return inJson(status, { code, message: text });
      return inProtobuf(status, [
        varintField(FIRST_VARINT, code),
        bytesField(SECOND_BYTES, Buffer.from(text)),
      ]);
    },
  };
}

function inProtobuf(status: number, fields: readonly Buffer[]) {
  return { status, headers: { 'content-type': PROTOBUF }, body: Buffer.concat(fields) };
}

function inJson(status: number, body: object) {
  return { status, headers: { 'content-type': JSON_TYPE }, body: JSON.stringify(body) };
}

function reasons(outcome: Outcome, item: string): string {
  return outcome
    .reasons(SHOWN_REFUSALS, ({ index, code, message }) => `${item} ${index}: ${code}: ${message}`)
    .join('; ');
}

/** Empty when nothing is refused, as the specification has it; the same fields for all signals. */
function partialSuccess(refused: number, why: string): Buffer[] {
  if (refused === 0) return [];
  const inner = [varintField(FIRST_VARINT, refused), bytesField(SECOND_BYTES, Buffer.from(why))];
  return [bytesField(FIRST_BYTES, Buffer.concat(inner))];
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
