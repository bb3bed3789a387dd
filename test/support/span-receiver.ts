import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import protobuf from 'protobufjs';

/** A span as it was exported; ids in hexadecimal digits, times in milliseconds. */
export interface ExportedSpan {
  /** Of the resource. */
  readonly service: string;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly kind: number;
  readonly start: number;
  readonly end: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** 2 for an error. */
  readonly status: number;
}

/** What of opentelemetry/proto/trace/v1 is looked at; fields that are left out are passed over. */
const { root } = protobuf.parse(`syntax = "proto3";
message Request { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Resource { repeated KeyValue attributes = 1; }
message ScopeSpans { repeated Span spans = 2; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9;
  repeated Link links = 13; Status status = 15;
}
message Link { bytes trace_id = 1; bytes span_id = 2; }
message Status { int32 code = 3; }
message KeyValue { string key = 1; Value value = 2; }
message Value { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }`);
const REQUEST = root.lookupType('Request');

/** As protobufjs gives it, with bytes in base64. */
interface WireSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: number;
  readonly endTimeUnixNano: number;
  readonly attributes: readonly WirePair[];
  readonly links: readonly Pick<WireSpan, 'traceId' | 'spanId'>[];
  readonly status: { readonly code: number } | null;
}

interface WirePair {
  readonly key: string;
  readonly value: object;
}

interface WireRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly WirePair[] };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}

/** A small OTLP/HTTP receiver of traces. */
export class SpanReceiver {
  readonly spans: ExportedSpan[] = [];
  /** What requests are answered with; null lets them hang. */
  status: number | null = 200;
  requests = 0;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<SpanReceiver> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        receiver.requests += 1;
        if (receiver.status === null) return;
        const isRight =
          request.url === '/v1/traces' && request.headers['content-type'] === 'application/x-protobuf';
        if (isRight && receiver.status === 200) receiver.spans.push(...spansOf(Buffer.concat(parts)));
        response.writeHead(isRight ? receiver.status : 404).end();
      });
    });
    const receiver = new SpanReceiver(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  named(name: string): ExportedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function spansOf(body: Buffer): ExportedSpan[] {
  const options = { bytes: String, longs: Number, defaults: true };
  const { resourceSpans } = REQUEST.toObject(REQUEST.decode(body), options) as WireRequest;
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const about = attributesOf(resource.attributes);
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...{ service: String(about['service.name']), resource: about, name: span.name },
        ...idsOf(span),
        parentSpanId: hex(span.parentSpanId),
        kind: span.kind,
        start: span.startTimeUnixNano / 1e6,
        end: span.endTimeUnixNano / 1e6,
        attributes: attributesOf(span.attributes),
        links: span.links.map(idsOf),
        status: span.status?.code ?? 0,
      })),
    );
  });
}

function idsOf({ traceId, spanId }: Pick<WireSpan, 'traceId' | 'spanId'>) {
  return { traceId: hex(traceId), spanId: hex(spanId) };
}

function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}

function attributesOf(pairs: readonly WirePair[]): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0]]));
}
