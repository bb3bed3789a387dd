/** When an alert fires: series in promtool's notation, a sample each 15 s, and what comes of them. */
export interface AlertCase {
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
  /** Besides `severity`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
}

/** All workers answer, records flow, and each counter of faults stands at 0. */
export const HEALTHY: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['gateway', 'ingest', 'windowing', 'sink', 'batch', 'anomaly', 'alerting', 'api'].flatMap((worker) => [
      [`up{job="tactus", instance="${worker}:9464"}`, '1x100'],
      [`process_start_time_seconds{job="tactus", worker="${worker}", instance="${worker}:9464"}`, '1x100'],
    ]),
  ),
  'tactus_partition_turn_timestamp_seconds{worker="ingest", group="ingest", topic="ingest.metrics", partition="0"}':
    '0+15x100',
  'tactus_consumer_lag_records{worker="ingest", group="ingest", topic="ingest.metrics", partition="0"}':
    '50000-10x100',
  'tactus_watermark_holder_seconds{topic="metrics", partition="0", source_stage="ingest", source_topic="ingest.metrics", source_partition="1"}':
    '2x100',
  'tactus_watermark_sources_passed_over_total{worker="windowing", topic="metrics", reason="forgotten"}':
    '0+1x100',
  'tactus_watermark_sources_passed_over_total{worker="windowing", topic="metrics", reason="hold"}': '0x100',
  // Of a rebalance.
  'tactus_commit_errors_total{worker="ingest", code="TACTUS_FENCED"}': '0+1x100',
  'tactus_commit_errors_total{worker="ingest", code="TACTUS_KAFKA_UNAVAILABLE"}': '0x100',
  'tactus_partition_read_errors_total{worker="ingest", topic="ingest.metrics", partition="0", reason="X"}':
    '4x100',
  'tactus_log_gaps_total{worker="ingest", topic="ingest.metrics", cause="retention"}': '0x100',
  'tactus_records_refused_total{worker="ingest", code="TACTUS_FIELD_EMPTY"}': '0+1x100',
  'tactus_records_received_total{worker="ingest", group="ingest", topic="ingest.metrics"}': '0+1000x100',
  'tactus_data_completeness_ratio{tenant="acme"}': '0.9995x100',
  'tactus_data_accuracy_ratio{tenant="acme"}': '1x100',
  'tactus_batch_lag_seconds{bucket="windows"}': '300x100',
  'tactus_batch_leader{instance="a"}': '0x100',
  'tactus_batch_leader{instance="b"}': '1x100',
  'tactus_gateway_requests_total{format="json", status="200"}': '0+1000x100',
  'tactus_gateway_requests_total{format="json", status="503"}': '0+1x100',
  'tactus_gateway_requests_total{format="json", status="400"}': '0+100x100',
  'tactus_api_requests_total{status="2xx"}': '0+1000x100',
  'tactus_api_requests_total{status="5xx"}': '0+1x100',
  'request_duration_seconds_bucket{worker="api", endpoint="/api/v1/metrics", le="1"}': '0+1000x100',
  'request_duration_seconds_bucket{worker="api", endpoint="/api/v1/metrics", le="2.5"}': '0+1000x100',
  'request_duration_seconds_bucket{worker="api", endpoint="/api/v1/metrics", le="+Inf"}': '0+1000x100',
  // How long somebody listens is no slow answer.
  'request_duration_seconds_bucket{worker="api", endpoint="/api/v1/stream", le="1"}': '0x100',
  'request_duration_seconds_bucket{worker="api", endpoint="/api/v1/stream", le="30"}': '0x100',
  'request_duration_seconds_bucket{worker="api", endpoint="/api/v1/stream", le="+Inf"}': '0+1000x100',
  tactus_gateway_quota_redis_failures_total: '0x100',
  'tactus_notifications_total{channel="ops", outcome="failed"}': '0x100',
  'tactus_notifications_total{channel="ops", outcome="given_up"}': '0x100',
  'tactus_notifications_waiting{channel="ops"}': '1x100',
  'circuit_breaker_state{name="ops", state="open"}': '0x100',
  'circuit_breaker_state{name="ops"}': '0x100',
  'tactus_alerts_dropped_total{reason="limit"}': '0x100',
  'collector_errors_total{collector="system", reading="cpu", instance="c:9464"}': '0+1x100',
  'collector_execution_duration_seconds_count{collector="system", reading="cpu", instance="c:9464"}':
    '0+15x100',
  'tactus_collector_points_dropped_total{instance="c:9464"}': '0x100',
};

const PARTITION = 'group="ingest", topic="ingest.metrics", partition="0"';

/** What real faults cannot show in a test: thresholds as they are shipped, where those take minutes, and moments in between. */
export const ALERT_CASES: Readonly<Record<string, AlertCase>> = {
  TactusPartitionStuck: {
    series: { [`tactus_partition_turn_timestamp_seconds{worker="ingest", ${PARTITION}}`]: '0+15x4 60x40' },
    at: '4m',
    labels: { worker: 'ingest', group: 'ingest', topic: 'ingest.metrics', partition: '0' },
    summary: 'ingest has not come to ingest.metrics[0] for 3m 0s',
  },
  TactusLagGrowing: {
    series: {
      [`tactus_consumer_lag_records{worker="ingest", instance="a", ${PARTITION}}`]: '20000+100x100',
      // The owner before: not added.
      [`tactus_consumer_lag_records{worker="ingest", instance="b", ${PARTITION}}`]: '20000x100',
    },
    at: '10m',
    labels: { group: 'ingest', topic: 'ingest.metrics' },
    summary: 'ingest is 24k records behind in ingest.metrics, and falls further behind',
  },
  TactusWatermarkHeld: {
    series: {
      'tactus_watermark_holder_seconds{worker="windowing", topic="metrics", partition="0", source_stage="ingest", source_topic="ingest.metrics", source_partition="1"}':
        '0+15x40',
    },
    at: '3m',
    labels: {
      topic: 'metrics',
      partition: '0',
      source_stage: 'ingest',
      source_topic: 'ingest.metrics',
      source_partition: '1',
    },
    summary: 'Windows of metrics[0] wait for ingest.metrics[1], whose time stands still',
  },
  TactusReconciliationBehind: {
    series: { 'tactus_batch_lag_seconds{bucket="windows"}': '1200x40' },
    at: '6m',
    labels: {},
    summary: 'Windows were last compared with the stored points 20m 0s ago',
  },
  CircuitBreakerOpen: {
    series: {
      // Half-open for a moment, now and then.
      'circuit_breaker_state{name="ops", state="open"}': '0x4 1x2 0 1x2 0 1x20',
    },
    at: '3m',
    labels: { name: 'ops' },
    summary: 'The circuit breaker of ops is open',
  },
};
