import type { AlertGroup } from '../alert.js';

/** Whether figures of the machine are collected. */
export const collector: AlertGroup = {
  name: 'tactus-collector',
  title: 'Collector',
  alerts: [
    {
      name: 'CollectorHighErrorRate',
      expr: 'rate(collector_errors_total[5m]) > 0.1',
      for: '2m',
      severity: 'critical',
      summary: 'The reading {{ $labels.reading }} on {{ $labels.instance }} fails',
      runbook: {
        means:
          'More than one reading in ten seconds fails, takes too long or still runs from the time before. Its points are missing; other readings go on.',
        query: 'sum by (instance, collector, reading) (rate(collector_errors_total[5m]))',
        command: 'docker compose logs --since 15m collector',
        steps: [
          'The log names the reading and its error; `collector_execution_duration_seconds` shows one that takes too long.',
          'A mount that does not answer (NFS) makes every reading of disks hang: unmount it.',
        ],
      },
    },
    {
      name: 'TactusReadingFails',
      expr: `sum by (instance, collector, reading) (rate(collector_errors_total[5m]))
  / sum by (instance, collector, reading) (rate(collector_execution_duration_seconds_count[5m])) > 0.5`,
      for: '5m',
      severity: 'warning',
      summary: 'Most readings of {{ $labels.reading }} on {{ $labels.instance }} fail',
      runbook: {
        means:
          'One kind of reading fails more often than not: also one of those that run every ten seconds, which [CollectorHighErrorRate](#collectorhigherrorrate) never sees.',
        query: 'sum by (instance, reading, error_type) (rate(collector_errors_total[5m])) > 0',
        command: 'docker compose logs --since 15m collector',
        steps: ['As for [CollectorHighErrorRate](#collectorhigherrorrate).'],
      },
    },
    {
      name: 'TactusCollectorDropping',
      expr: 'sum by (instance) (increase(tactus_collector_points_dropped_total[5m])) > 0',
      severity: 'warning',
      summary: 'The collector on {{ $labels.instance }} drops points',
      runbook: {
        means:
          'Kafka has been away for so long that the buffer is full: the oldest points are dropped and lost.',
        query: 'tactus_collector_points_buffered',
        command: 'docker compose ps kafka',
        steps: [
          'Mend Kafka. If outages of that length are to be survived, raise the buffer of the collector.',
        ],
      },
    },
  ],
};
