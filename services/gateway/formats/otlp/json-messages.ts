/** How a field's value is written in JSON and in Protocol Buffers; those that the decoders do not read are left out. */
export type Scalar =
  | 'text'
  | 'bool'
  | 'double'
  | 'fixed64'
  | 'sfixed64'
  | 'int64'
  /** Enumerations too, which are numbers in OTLP's JSON. */
  | 'uint32'
  | 'base64'
  /** Trace and span ids. */
  | 'hex';

export interface Field {
  readonly number: number;
  readonly type: Scalar | Message;
  readonly repeated: boolean;
}

/** The fields of a message by their names in JSON. */
export type Message = Map<string, Field>;

const one = (number: number, type: Field['type']): Field => ({ number, type, repeated: false });
const many = (number: number, type: Field['type']): Field => ({ number, type, repeated: true });
const message = (fields: Readonly<Record<string, Field>>): Message => new Map(Object.entries(fields));

const anyValue = message({
  stringValue: one(1, 'text'),
  boolValue: one(2, 'bool'),
  intValue: one(3, 'int64'),
  doubleValue: one(4, 'double'),
  bytesValue: one(7, 'base64'),
});
const keyValue = message({ key: one(1, 'text'), value: one(2, anyValue) });
anyValue.set('arrayValue', one(5, message({ values: many(1, anyValue) })));
anyValue.set('kvlistValue', one(6, message({ values: many(1, keyValue) })));

const resource = one(1, message({ attributes: many(1, keyValue) }));
const scope = one(
  1,
  message({ name: one(1, 'text'), version: one(2, 'text'), attributes: many(3, keyValue) }),
);

const times = { startTimeUnixNano: one(2, 'fixed64'), timeUnixNano: one(3, 'fixed64') };
const number = message({
  ...times,
  asDouble: one(4, 'double'),
  asInt: one(6, 'sfixed64'),
  attributes: many(7, keyValue),
  flags: one(8, 'uint32'),
});
const figures = { ...times, count: one(4, 'fixed64'), sum: one(5, 'double') };
const histogram = message({
  ...figures,
  attributes: many(9, keyValue),
  flags: one(10, 'uint32'),
  min: one(11, 'double'),
  max: one(12, 'double'),
});
const exponential = message({
  ...figures,
  attributes: many(1, keyValue),
  flags: one(10, 'uint32'),
  min: one(12, 'double'),
  max: one(13, 'double'),
});
const summary = message({
  ...figures,
  quantileValues: many(6, message({ quantile: one(1, 'double'), value: one(2, 'double') })),
  attributes: many(7, keyValue),
  flags: one(8, 'uint32'),
});
const temporality = { aggregationTemporality: one(2, 'uint32') };
const metric = message({
  name: one(1, 'text'),
  unit: one(3, 'text'),
  gauge: one(5, message({ dataPoints: many(1, number) })),
  sum: one(7, message({ dataPoints: many(1, number), ...temporality, isMonotonic: one(3, 'bool') })),
  histogram: one(9, message({ dataPoints: many(1, histogram), ...temporality })),
  exponentialHistogram: one(10, message({ dataPoints: many(1, exponential), ...temporality })),
  summary: one(11, message({ dataPoints: many(1, summary) })),
});
const scopeMetrics = message({ scope, metrics: many(2, metric) });

/** ExportMetricsServiceRequest. */
export const METRICS_REQUEST = message({
  resourceMetrics: many(1, message({ resource, scopeMetrics: many(2, scopeMetrics) })),
});

const logRecord = message({
  timeUnixNano: one(1, 'fixed64'),
  severityNumber: one(2, 'uint32'),
  severityText: one(3, 'text'),
  body: one(5, anyValue),
  attributes: many(6, keyValue),
  traceId: one(9, 'hex'),
  spanId: one(10, 'hex'),
  observedTimeUnixNano: one(11, 'fixed64'),
  eventName: one(12, 'text'),
});
const scopeLogs = message({ scope, logRecords: many(2, logRecord) });

/** ExportLogsServiceRequest. */
export const LOGS_REQUEST = message({
  resourceLogs: many(1, message({ resource, scopeLogs: many(2, scopeLogs) })),
});
