import { type DashboardBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { bars, dashboard, figure, lines, quantiles, withPanels } from '../panels.js';

const R = '[$__rate_interval]';
const LAG = 'max by (group, topic, partition) (tactus_consumer_lag_records)';

const overview = [
  figure('Workers', 'none', 'Instances that answer', 'sum(up{job="tactus"})'),
  figure(
    'Points',
    'cps',
    'Points that ingest lets in',
    `sum(rate(tactus_records_sent_total{topic="metrics"}${R}))`,
  ),
  figure('Lag', 'none', 'Records not yet processed, of all groups', `sum(${LAG})`),
  figure('Watermark delay', 's', 'Of the slowest partition', 'max(tactus_watermark_delay_seconds)'),
  figure(
    'Completeness',
    'percentunit',
    'Of the tenant with the least',
    'min(tactus_data_completeness_ratio)',
  ),
  figure('Accuracy', 'percentunit', 'Of the tenant with the least', 'min(tactus_data_accuracy_ratio)'),
  figure('Dead letters', 'cps', 'Records refused', `sum(rate(tactus_records_refused_total${R}))`),
  figure('Alerts firing', 'none', 'Of rules of alerting', 'sum(tactus_alerts{state="firing"})'),
];

const processes = [
  lines('CPU', 'percentunit', 'Of one core, user and system', [
    `rate(process_cpu_seconds_total{job="tactus"}${R})`,
    '{{worker}} {{instance}}',
  ]),
  lines('Memory', 'bytes', 'Resident', [
    'process_resident_memory_bytes{job="tactus"}',
    '{{worker}} {{instance}}',
  ]),
  lines('Event loop delay, p99', 's', 'How late timers run: work that holds the process', [
    'nodejs_eventloop_lag_p99_seconds{job="tactus"}',
    '{{worker}} {{instance}}',
  ]),
  lines('Cost per data point', 'currencyUSD', 'CPU and memory, by the prices of TACTUS_PRICE_*', [
    'max by (worker) (cost_per_data_point_usd)',
    '{{worker}}',
  ]),
];

const gateway = [
  lines('Request rate', 'reqps', 'Requests that were answered', [
    `sum by (format) (rate(tactus_gateway_requests_total${R}))`,
    '{{format}}',
  ]),
  lines(
    'Request latency',
    's',
    'From the headers of a request to its answer; dots lead to traces',
    ...quantiles('tactus_gateway_request_seconds'),
  ),
  bars('Errors and success', 'reqps', 'Answers by status', [
    `sum by (status) (rate(tactus_gateway_requests_total${R}))`,
    '{{status}}',
  ]),
  bars('Refused requests', 'reqps', 'By reason', [
    `sum by (code) (rate(tactus_gateway_requests_refused_total${R}))`,
    '{{code}}',
  ]),
  bars('Items', 'cps', 'Points and events of requests, by what became of them', [
    `sum by (outcome) (rate(tactus_gateway_items_total${R}))`,
    '{{outcome}}',
  ]),
  lines('Limiter use', 'reqps', 'Requests over a quota, by quantity, and whose it is', [
    `sum by (quantity, of) (rate(tactus_gateway_over_quota_total${R}))`,
    '{{quantity}} of a {{of}}',
  ]),
];

const OF_API = '{worker="api"}';

const api = [
  lines('Request rate', 'reqps', 'Requests that were answered, by path', [
    `sum by (endpoint) (rate(requests_total${OF_API}${R}))`,
    '{{endpoint}}',
  ]),
  lines(
    'Request latency',
    's',
    'From the headers of a request to the end of its answer; that of a live client lasts for as long as it listens',
    ...quantiles('request_duration_seconds', '', OF_API),
  ),
  bars('Errors and success', 'reqps', 'Answers by class of status', [
    `sum by (status) (rate(tactus_api_requests_total${R}))`,
    '{{status}}',
  ]),
  lines('Connections', 'none', 'Open connections, those of live clients included', [
    `sum by (instance) (active_connections${OF_API})`,
    '{{instance}}',
  ]),
];

const records = [
  lines('Received', 'cps', 'Records read, by group and topic', [
    `sum by (group, topic) (rate(tactus_records_received_total${R}))`,
    '{{group}} {{topic}}',
  ]),
  lines('Sent', 'cps', 'Records written and acknowledged', [
    `sum by (topic) (rate(tactus_records_sent_total${R}))`,
    '{{topic}}',
  ]),
  bars('Dead letters', 'cps', 'Records refused, by worker and reason', [
    `sum by (worker, code) (rate(tactus_records_refused_total${R})) > 0`,
    '{{worker}} {{code}}',
  ]),
  bars('Errors', 'cps', 'By worker, stage and code; the same is mostly tried again', [
    `sum by (worker, stage, code) (rate(tactus_errors_total${R})) > 0`,
    '{{worker}} {{stage}} {{code}}',
  ]),
  bars('Dropped', 'cps', 'What goes no further and is in no dead letter, duplicates included', [
    `sum by (worker, stage, reason) (rate(tactus_records_dropped_total${R})) > 0`,
    '{{worker}} {{stage}} {{reason}}',
  ]),
  lines('Lag', 'none', 'Records not yet processed', [
    `sum by (group, topic) (${LAG})`,
    '{{group}} {{topic}}',
  ]),
  lines('Time since the last turn', 's', 'Of the partition that waits longest; a second or so is normal', [
    'time() - min by (worker, group) (tactus_partition_turn_timestamp_seconds)',
    '{{worker}} {{group}}',
  ]),
  lines(
    'Step duration',
    's',
    'Work of a stage on a batch of records, without waiting for servers; dots lead to traces',
    ...quantiles('tactus_step_duration_seconds', 'group').slice(2),
  ),
  lines(
    'Commit duration',
    's',
    'Outputs and offsets of a worker in one transaction',
    ...quantiles('tactus_commit_duration_seconds', 'worker').slice(1, 2),
  ),
  bars('Failed commits', 'cps', 'By worker and reason; fencing belongs to a rebalance', [
    `sum by (worker, code) (rate(tactus_commit_errors_total${R}))`,
    '{{worker}} {{code}}',
  ]),
];

const windows = [
  lines('Watermark delay', 's', 'Wall clock less stream time', [
    'max by (partition) (tactus_watermark_delay_seconds)',
    '{{partition}}',
  ]),
  lines('Watermark held', 's', 'For how long the source that a watermark waits for has not moved', [
    'max by (topic, source_topic) (tactus_watermark_holder_seconds)',
    '{{topic}} by {{source_topic}}',
  ]),
  lines('Emission delay', 's', 'From what closed a window to its emission', [
    'max by (quantile) (tactus_window_emission_delay_seconds)',
    'p{{quantile}}',
  ]),
  lines('Late points', 'cps', 'Points that missed a window', [
    `sum(rate(tactus_late_points_total${R}))`,
    'late',
  ]),
  lines(
    'Series and aggregates',
    'none',
    'In memory',
    ['sum(tactus_known_series)', 'series of open windows'],
    ['sum(tactus_open_aggregates)', 'open aggregates'],
    ['sum(tactus_live_series)', 'series let in'],
  ),
];

const stores = [
  lines('Rows stored', 'cps', 'By table', [
    `sum by (table) (rate(tactus_rows_stored_total${R}))`,
    '{{table}}',
  ]),
  lines(
    'Write duration',
    's',
    'Of a batch, by target',
    ...quantiles('tactus_sink_write_duration_seconds', 'target').slice(1, 2),
  ),
  lines('Roll-ups behind', 's', 'Age of the oldest change that is not rolled up; windows: not compared', [
    'max by (bucket) (tactus_batch_lag_seconds)',
    '{{bucket}}',
  ]),
];

const notifications = [
  bars('Notifications', 'cps', 'Attempts by channel and outcome', [
    `sum by (channel, outcome) (rate(tactus_notifications_total${R}))`,
    '{{channel}} {{outcome}}',
  ]),
  lines(
    'Notification latency',
    's',
    'From when the condition of an alert began to hold until a channel was first notified of it; dots lead to traces',
    ...quantiles('tactus_notification_latency_seconds', 'channel').slice(1, 2),
  ),
  lines('Breaker states', 'none', 'Circuit breakers of channels: 0 closed, 1 half-open, 2 open', [
    'max by (name) (circuit_breaker_state{state=""})',
    '{{name}}',
  ]),
  lines('Notifications waiting', 'none', 'Groups of alerts, by channel', [
    'sum by (channel) (tactus_notifications_waiting)',
    '{{channel}}',
  ]),
];

const collector = [
  lines('Data points collected', 'cps', 'By reading', [
    `sum by (reading) (rate(collector_data_points_collected_total${R}))`,
    '{{reading}}',
  ]),
  lines(
    'Duration of readings, p95',
    's',
    'Failed ones included',
    ...quantiles('collector_execution_duration_seconds', 'reading').slice(1, 2),
  ),
  bars('Failed readings', 'cps', 'By reading and kind of failure', [
    `sum by (reading, error_type) (rate(collector_errors_total${R}))`,
    '{{reading}} {{error_type}}',
  ]),
];

/** Whether all of it works, from the senders to the notifications. */
export function pipeline(): DashboardBuilder {
  const board = dashboard(
    'tactus-pipeline',
    'Tactus: pipeline',
    'Workers, gateway, API, records, windows, stores',
  );
  withPanels(board.withRow(new RowBuilder('Overview')), overview);
  withPanels(board.withRow(new RowBuilder('Processes')), processes);
  withPanels(board.withRow(new RowBuilder('Gateway')), gateway);
  withPanels(board.withRow(new RowBuilder('API')), api);
  withPanels(board.withRow(new RowBuilder('Records')), records);
  withPanels(board.withRow(new RowBuilder('Windows')), windows);
  withPanels(board.withRow(new RowBuilder('Stores')), stores);
  withPanels(board.withRow(new RowBuilder('Notifications')), notifications);
  return withPanels(board.withRow(new RowBuilder('Collector')), collector);
}
