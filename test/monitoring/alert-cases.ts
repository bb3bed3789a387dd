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
    ['gateway', 'ingest', 'windowing', 'sink', 'batch', 'anomaly', 'alerting'].flatMap((worker) => [
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

export const ALERT_CASES: Readonly<Record<string, AlertCase>> = {
  TactusWatchdog: {
    series: {},
    at: '0s',
    labels: {},
    summary: 'Always fires: when it stops arriving, Prometheus, Alertmanager or the way out is broken',
  },
  TactusWorkerMissing: {
    series: Object.fromEntries(Object.entries(HEALTHY).filter(([name]) => !name.includes('alerting'))),
    at: '3m',
    labels: { job: 'tactus', worker: 'alerting' },
    summary: 'No alerting answers: nobody does its part',
  },
  TactusWorkerDown: {
    series: { 'up{job="tactus", instance="sink:9464"}': '1x4 0x8' },
    at: '2m30s',
    labels: { job: 'tactus', instance: 'sink:9464' },
    summary: 'sink:9464 does not answer',
  },
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
  TactusWatermarkPassedOver: {
    series: {
      'tactus_watermark_sources_passed_over_total{worker="windowing", topic="metrics", reason="hold"}':
        '0x10 1x10',
    },
    at: '4m',
    labels: { worker: 'windowing', topic: 'metrics', reason: 'hold' },
    summary: 'A watermark of metrics went on without a source (hold): its points may be late',
  },
  TactusCommitFailures: {
    series: { 'tactus_commit_errors_total{worker="sink", code="TACTUS_KAFKA_UNAVAILABLE"}': '0x4 1+1x20' },
    at: '5m',
    labels: { worker: 'sink', code: 'TACTUS_KAFKA_UNAVAILABLE' },
    summary: 'Commits of sink fail: TACTUS_KAFKA_UNAVAILABLE',
  },
  TactusReadErrors: {
    series: {
      'tactus_partition_read_errors_total{worker="sink", topic="metrics", partition="1", reason="LEADER_NOT_AVAILABLE"}':
        '0+1x40',
    },
    at: '6m',
    labels: { worker: 'sink', topic: 'metrics' },
    summary: 'sink cannot read a partition of metrics',
  },
  TactusLogGap: {
    series: { 'tactus_log_gaps_total{worker="sink", topic="metrics", cause="retention"}': '0x8 1x8' },
    at: '3m',
    labels: { worker: 'sink', topic: 'metrics', cause: 'retention' },
    summary: 'Records of metrics are gone before sink read them (retention)',
  },
  TactusDeadLetters: {
    series: {
      'tactus_records_refused_total{worker="ingest", code="TACTUS_FIELD_EMPTY"}': '0+10x40',
      'tactus_records_refused_total{worker="ingest", code="TACTUS_RECORD_EMPTY"}': '0+10x40',
      'tactus_records_received_total{worker="ingest", group="ingest", topic="ingest.metrics"}': '0+1000x40',
    },
    at: '5m',
    labels: { worker: 'ingest' },
    summary: '2% of what ingest reads goes to dlq',
  },
  TactusDataIncomplete: {
    series: {
      'tactus_data_completeness_ratio{tenant="acme", instance="a"}': '0.999x20',
      'tactus_data_completeness_ratio{tenant="acme", instance="b"}': '1x20',
    },
    at: '3m',
    labels: { tenant: 'acme' },
    summary: '99.9% for tenant acme, below 99.95 %',
  },
  TactusDataInaccurate: {
    series: { 'tactus_data_accuracy_ratio{tenant="acme"}': '0.99x20' },
    at: '3m',
    labels: { tenant: 'acme' },
    summary: '99% for tenant acme, below 99.9 %',
  },
  TactusReconciliationBehind: {
    series: { 'tactus_batch_lag_seconds{bucket="windows"}': '1200x40' },
    at: '6m',
    labels: {},
    summary: 'Windows were last compared with the stored points 20m 0s ago',
  },
  TactusBatchLeaderless: {
    series: { 'tactus_batch_leader{instance="a"}': '0x40', 'tactus_batch_leader{instance="b"}': '0x40' },
    at: '6m',
    labels: {},
    summary: 'No instance of batch leads: nothing is rolled up or compared',
  },
  TactusGatewayErrors: {
    series: {
      'tactus_gateway_requests_total{format="json", status="200"}': '0+95x40',
      'tactus_gateway_requests_total{format="json", status="503"}': '0+4x40',
      'tactus_gateway_requests_total{format="otlp", status="500"}': '0+1x40',
    },
    at: '4m',
    labels: {},
    summary: '5% of the requests are answered 5xx',
  },
  TactusGatewayRefusals: {
    series: {
      'tactus_gateway_requests_total{format="json", status="200"}': '0+50x80',
      'tactus_gateway_requests_total{format="json", status="429"}': '0+50x80',
    },
    at: '12m',
    labels: {},
    summary: '50% of the requests are refused with 4xx',
  },
  TactusQuotaWithoutRedis: {
    series: { tactus_gateway_quota_redis_failures_total: '0+2x40' },
    at: '5m',
    labels: {},
    summary: 'Gateways count quotas without Redis',
  },
  TactusNotificationsFailing: {
    series: {
      'tactus_notifications_total{channel="ops", outcome="failed"}': '0+1x40',
      'tactus_notifications_waiting{channel="ops"}': '1x40',
    },
    at: '5m',
    labels: { channel: 'ops' },
    summary: 'Notifications to ops fail, and wait',
  },
  TactusNotificationsLost: {
    series: { 'tactus_notifications_total{channel="ops", outcome="given_up"}': '0x8 1x8' },
    at: '3m',
    labels: { channel: 'ops' },
    summary: 'ops refused a notification for its content: it is lost',
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
  TactusAlertsDropped: {
    series: { 'tactus_alerts_dropped_total{reason="limit"}': '0x8 5x8' },
    at: '3m',
    labels: { reason: 'limit' },
    summary: 'Alerting drops what is over a bound: limit',
  },
  CollectorHighErrorRate: {
    series: { 'collector_errors_total{collector="system", reading="disk", instance="c:9464"}': '0+3x40' },
    at: '5m',
    labels: { collector: 'system', reading: 'disk', instance: 'c:9464' },
    summary: 'The reading disk on c:9464 fails',
  },
  TactusReadingFails: {
    series: {
      'collector_errors_total{collector="system", reading="disk", error_type="timeout", instance="c:9464"}':
        '0+1x60',
      'collector_execution_duration_seconds_count{collector="system", reading="disk", instance="c:9464"}':
        '0+1.5x60',
    },
    at: '11m',
    labels: { collector: 'system', reading: 'disk', instance: 'c:9464' },
    summary: 'Most readings of disk on c:9464 fail',
  },
  TactusCollectorDropping: {
    series: { 'tactus_collector_points_dropped_total{instance="c:9464"}': '0x8 5x8' },
    at: '3m',
    labels: { instance: 'c:9464' },
    summary: 'The collector on c:9464 drops points',
  },
};
