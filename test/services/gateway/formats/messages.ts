import protobuf from 'protobufjs';

/** Written from the specifications, as far as tests need them. */
const { root } = protobuf.parse(`syntax = "proto3";
message Label { string name = 1; string value = 2; }
message Sample { double value = 1; int64 timestamp = 2; int64 start_timestamp = 3; }
message Histogram { uint64 count_int = 1; double sum = 3; int32 reset_hint = 14; int64 timestamp = 15; int64 start_timestamp = 17; }
message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; repeated Label exemplars = 3; repeated Histogram histograms = 4; }
message Family { int32 type = 1; string metric_family_name = 2; string help = 4; string unit = 5; }
message WriteRequest { repeated TimeSeries timeseries = 1; repeated Family metadata = 3; }
message Metadata { int32 type = 1; uint32 help_ref = 3; uint32 unit_ref = 4; }
message TimeSeries2 { repeated uint32 labels_refs = 1; repeated Sample samples = 2; repeated Histogram histograms = 3; Metadata metadata = 5; int64 created_timestamp = 6; }
message Request { repeated string symbols = 4; repeated TimeSeries2 timeseries = 5; }
message Any { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; Array array_value = 5; List kvlist_value = 6; bytes bytes_value = 7; } }
message Array { repeated Any values = 1; }
message List { repeated KeyValue values = 1; }
message KeyValue { string key = 1; Any value = 2; }
message Resource { repeated KeyValue attributes = 1; }
message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; }
message Number { fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; oneof value { double as_double = 4; sfixed64 as_int = 6; } repeated KeyValue attributes = 7; uint32 flags = 8; }
message HistogramPoint { fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; fixed64 count = 4; optional double sum = 5; repeated KeyValue attributes = 9; uint32 flags = 10; optional double min = 11; optional double max = 12; }
message ExponentialPoint { repeated KeyValue attributes = 1; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; fixed64 count = 4; optional double sum = 5; uint32 flags = 10; optional double min = 12; optional double max = 13; }
message Quantile { double quantile = 1; double value = 2; }
message SummaryPoint { fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; fixed64 count = 4; double sum = 5; repeated Quantile quantile_values = 6; repeated KeyValue attributes = 7; uint32 flags = 8; }
message Gauge { repeated Number data_points = 1; }
message Sum { repeated Number data_points = 1; int32 aggregation_temporality = 2; bool is_monotonic = 3; }
message HistogramData { repeated HistogramPoint data_points = 1; int32 aggregation_temporality = 2; }
message ExponentialData { repeated ExponentialPoint data_points = 1; int32 aggregation_temporality = 2; }
message SummaryData { repeated SummaryPoint data_points = 1; }
message Metric { string name = 1; string unit = 3; Gauge gauge = 5; Sum sum = 7; HistogramData histogram = 9; ExponentialData exponential_histogram = 10; SummaryData summary = 11; }
message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; }
message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
message ExportMetrics { repeated ResourceMetrics resource_metrics = 1; }
message LogRecord { fixed64 time_unix_nano = 1; int32 severity_number = 2; string severity_text = 3; Any body = 5; repeated KeyValue attributes = 6; uint32 dropped_attributes_count = 7; fixed32 flags = 8; bytes trace_id = 9; bytes span_id = 10; fixed64 observed_time_unix_nano = 11; string event_name = 12; }
message ScopeLogs { Scope scope = 1; repeated LogRecord log_records = 2; string schema_url = 3; }
message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; }
message ExportLogs { repeated ResourceLogs resource_logs = 1; }
message PartialSuccess { int64 rejected = 1; string error_message = 2; }
message ExportResponse { PartialSuccess partial_success = 1; }
message Status { int32 code = 1; string message = 2; }
`);

export function messageType(name: string): protobuf.Type {
  return root.lookupType(name);
}

/** A body by protobufjs, which knows nothing of our reader. */
export function encoded(
  type: 'WriteRequest' | 'Request' | 'ExportMetrics' | 'ExportLogs',
  message: object,
): Buffer {
  const found = messageType(type);
  return Buffer.from(found.encode(found.fromObject(message)).finish());
}

/** An answer, as protobufjs reads it. */
export function decoded(type: 'ExportResponse' | 'Status', bytes: Buffer): Record<string, unknown> {
  const found = messageType(type);
  return found.toObject(found.decode(bytes), { longs: String });
}
