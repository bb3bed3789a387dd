import { type DecodeOutcome, MAX_LABELS, MAX_REQUEST_POINTS, UndecodableError } from '../decoding.js';
import type { FormatRequest, RecordSink } from '../format.js';
import { hashText, idOf } from '../json/fields.js';
import { BYTES, ProtobufReader } from '../protobuf/reader.js';
import { type AnyValue, type Attributes, canonical, isPromoted, noAttributes, textOf } from './attributes.js';
import { onlyMessage, originText, readAttributes, readScope } from './envelope.js';
import { eventAttributes, type LogRecord, readLogRecord } from './log-record.js';

const TYPE = 'log';
/** The attribute that named events before LogRecord had a field for it. */
const EVENT_NAME = 'event.name';
/** Whom a log is about, by the names that OpenTelemetry's conventions have had for it. */
const SUBJECTS = ['user.id', 'enduser.id'];
const SCOPE_NAME = 'otel.scope.name';
const NANOS_PER_MS = 1_000_000n;

/** What all records of one scope have in common. */
interface Origin {
  /** Of resource and scope, for ids. */
  readonly text: string;
  readonly attributes: Attributes;
}

export interface LogDecoding {
  readonly tenantId: string;
  readonly request: FormatRequest;
  readonly sink: Pick<RecordSink, 'event'>;
  readonly outcome: Pick<DecodeOutcome, 'refuse'>;
}

/** Decodes OTLP's ExportLogsServiceRequest. */
export class OtlpLogs {
  readonly #reader = new ProtobufReader();
  #item = 0;

  /** @throws UndecodableError; then events may have been passed on already */
  decode(body: Buffer, decoding: LogDecoding): void {
    const reader = this.#reader;
    reader.use(body);
    this.#item = 0;
    try {
      for (const [from, to] of this.#messages(0, body.length, 1)) this.#resourceLogs(from, to, decoding);
    } catch (error) {
      if (error instanceof UndecodableError) error.message = `log record ${this.#item}: ${error.message}`;
      throw error;
    }
  }

  /** The places of all messages with this number, one after the other. */
  *#messages(from: number, to: number, field: number): Generator<[from: number, to: number]> {
    const reader = this.#reader;
    reader.at = from;
    while (reader.next(to)) {
      const { at } = reader;
      if (reader.field === field) {
        reader.expect(BYTES);
        yield [reader.from, reader.to];
      }
      reader.at = at;
    }
  }

  #resourceLogs(from: number, to: number, decoding: LogDecoding): void {
    const reader = this.#reader;
    const resource = readAttributes(reader, ...onlyMessage(reader, from, to, 1), 1);
    for (const [scopeFrom, scopeTo] of this.#messages(from, to, 2)) {
      const scope = readScope(reader, ...onlyMessage(reader, scopeFrom, scopeTo, 1));
      const attributes = noAttributes();
      for (const name in resource) if (isPromoted(name)) attributes[name] = resource[name] as AnyValue;
      if (scope[0] !== '') attributes[SCOPE_NAME] = scope[0];
      const origin = { text: originText(resource, scope), attributes };
      reader.at = scopeFrom;
      while (reader.next(scopeTo)) {
        const { at } = reader;
        if (reader.field === 2) this.#record(origin, decoding);
        reader.at = at;
      }
    }
  }

  #record(origin: Origin, { tenantId, request, sink, outcome }: LogDecoding): void {
    const item = this.#item++;
    if (item >= MAX_REQUEST_POINTS)
      this.#reader.fail(`more than ${MAX_REQUEST_POINTS} log records in one request`);
    const record = readLogRecord(this.#reader);
    const { attributes, attributeCount, eventName } = record;
    if (attributeCount > MAX_LABELS) {
      outcome.refuse(item, {
        code: 'TACTUS_TAGS_TOO_MANY',
        message: `the record has ${attributeCount} attributes, which is more than any limit allows`,
      });
      return;
    }
    const nanos = record.nanos || record.observedNanos;
    const subject = SUBJECTS.map((name) => attributes[name] ?? null).find((value) => value !== null) ?? null;
    const event = {
      id: idOf(request, item, () => idOfRecord(record, nanos, origin)),
      tenantId,
      type: eventName || textOf(attributes[EVENT_NAME] ?? '') || TYPE,
      timestamp: nanos === 0n ? request.now : Number(nanos / NANOS_PER_MS),
      subjectId: subject === null ? null : textOf(subject),
      attributes: eventAttributes(record, origin.attributes),
    };
    sink.event(event, item);
  }
}

/**
 * The same for the same record sent again, in whatever encoding; null where nothing in it says when or in what span it was:
 * then it may be another one with the same text.
 */
function idOfRecord(record: LogRecord, nanos: bigint, { text }: Origin): string | null {
  const { traceId, spanId, eventName, severity, body, attributes } = record;
  const span = traceId !== '' && spanId !== '' ? `${traceId}-${spanId}-` : '';
  if (span === '' && nanos === 0n) return null;
  const content = [String(nanos), text, eventName, severity, body, canonical(attributes)];
  return span + hashText(JSON.stringify(content));
}
