import type { Event } from '../../../../schemas/types.js';
import { MAX_TEXT } from '../../../../shared/admission/policy.js';
import { beginningOf } from '../../../../shared/core/beginning-of.js';
import { MAX_LABELS } from '../decoding.js';
import { BYTES, FIXED64, type ProtobufReader, VARINT } from '../protobuf/reader.js';
import { type AnyValue, type Attributes, noAttributes, readAnyValue, readAttribute } from './attributes.js';

/** Names of the attributes whose text was cut. */
const TRUNCATED = 'truncated';
const TRACE_BYTES = 16;
const SPAN_BYTES = 8;

/** A LogRecord of OTLP, as far as it is kept. */
export interface LogRecord {
  /** Since the epoch; 0 where it is not known. */
  nanos: bigint;
  observedNanos: bigint;
  severity: number;
  severityText: string;
  eventName: string;
  body: AnyValue;
  /** Hexadecimal; empty for none. */
  traceId: string;
  spanId: string;
  attributes: Attributes;
  /** More than {@link MAX_LABELS} are counted and not read. */
  attributeCount: number;
}

/** Reads the LogRecord that the reader's field holds. @throws UndecodableError */
export function readLogRecord(reader: ProtobufReader): LogRecord {
  reader.expect(BYTES);
  const { bytes, view, to } = reader;
  const read: LogRecord = {
    nanos: 0n,
    observedNanos: 0n,
    severity: 0,
    severityText: '',
    eventName: '',
    body: null,
    traceId: '',
    spanId: '',
    attributes: noAttributes(),
    attributeCount: 0,
  };
  const text = () => {
    reader.expect(BYTES);
    return bytes.toString('utf8', reader.from, reader.to);
  };
  const nanos = () => {
    reader.expect(FIXED64);
    return view.getBigUint64(reader.from, true);
  };
  reader.at = reader.from;
  while (reader.next(to))
    switch (reader.field) {
      case 1:
        read.nanos = nanos();
        break;
      case 2:
        reader.expect(VARINT);
        read.severity = reader.unsigned;
        break;
      case 3:
        read.severityText = text();
        break;
      case 5:
        read.body = readAnyValue(reader);
        break;
      case 6:
        read.attributeCount += 1;
        if (read.attributeCount <= MAX_LABELS) readAttribute(reader, read.attributes);
        break;
      case 9:
        read.traceId = idText(reader, TRACE_BYTES);
        break;
      case 10:
        read.spanId = idText(reader, SPAN_BYTES);
        break;
      case 11:
        read.observedNanos = nanos();
        break;
      case 12:
        read.eventName = text();
    }
  return read;
}

/** Of another length, or all zeros, it is none: the specification has it that a receiver then takes it for missing. */
function idText(reader: ProtobufReader, length: number): string {
  reader.expect(BYTES);
  const { bytes, from, to } = reader;
  if (to - from !== length) return '';
  const text = bytes.toString('hex', from, to);
  return /^0*$/.test(text) ? '' : text;
}

/** What an event has of a log: attributes of its resource, its own, and what the record has besides. */
export function eventAttributes(
  { severity, severityText, body, traceId, spanId, attributes }: LogRecord,
  origin: Attributes,
): Event['attributes'] {
  const all: Event['attributes'] = Object.create(null);
  const cut: string[] = [];
  const put = (name: string, value: AnyValue) => {
    const known = simple(value);
    const tooLong = typeof known === 'string' && known.length > MAX_TEXT;
    if (tooLong) cut.push(name);
    all[name] = tooLong ? cutText(known) : known;
  };
  for (const name in origin) put(name, origin[name] as AnyValue);
  for (const name in attributes) put(name, attributes[name] as AnyValue);
  if (body !== null) put('body', body);
  if (severityText !== '') put('severity_text', severityText);
  if (severity !== 0) put('severity_number', severity);
  if (traceId !== '') put('trace_id', traceId);
  if (spanId !== '') put('span_id', spanId);
  if (cut.length > 0) put(TRUNCATED, cut.join(','));
  return all;
}

/** Half of a character that is cut in two would make the record unreadable. */
function cutText(text: string): string {
  return `${beginningOf(text, MAX_TEXT - 1)}…`;
}

/** Lists and maps as JSON; a number that is none as text, since events have finite ones only. */
function simple(value: AnyValue): Event['attributes'][string] {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}
