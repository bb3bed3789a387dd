import type { Alert, AlertGroup } from '../alert.js';

function ratio(name: string, metric: string, target: number, means: string): Alert {
  return {
    name,
    expr: `min by (tenant) (${metric}) < ${target}`,
    for: '2m',
    severity: 'critical',
    summary: `{{ $value | humanizePercentage }} for tenant {{ $labels.tenant }}, below ${target * 100} %`,
    runbook: {
      means,
      query: 'tactus_data_differences > 0',
      command: 'npx tactus reconcile --from 1h --to 5m',
      steps: [
        'The report names each window that differs, with both figures and the cause.',
        'Windows that are missing: is windowing behind (`tactus_consumer_lag_records`), or the sink? Then it passes.',
        'Windows with other figures and no cause: keep the topics `metrics`, `late` and `windows` of that time and report it.',
        'Corrected figures are in the topic `corrections`; readers of `windows` that need them can read both.',
      ],
    },
  };
}

/** Whether what comes out is right. */
export const quality: AlertGroup = {
  name: 'tactus-quality',
  title: 'Data quality',
  alerts: [
    ratio(
      'TactusDataIncomplete',
      'tactus_data_completeness_ratio',
      0.9995,
      'Of the points stored in the last hour, fewer than 99.95 % are counted by a window or known to be late.',
    ),
    ratio(
      'TactusDataInaccurate',
      'tactus_data_accuracy_ratio',
      0.999,
      'Of the windows compared in the last hour, fewer than 99.9 % have the figures that the stored points give.',
    ),
    {
      name: 'TactusReconciliationBehind',
      expr: 'max(tactus_batch_lag_seconds{bucket="windows"}) > 900',
      for: '5m',
      severity: 'warning',
      summary: 'Windows were last compared with the stored points {{ $value | humanizeDuration }} ago',
      runbook: {
        means: `The figures of data quality are old, so that the alerts about them say nothing; roll-ups and corrections may be
late as well.`,
        query: 'max by (bucket) (tactus_batch_lag_seconds)',
        command: 'docker compose logs --since 15m batch',
        steps: [
          'Does one instance lead (`max(tactus_batch_leader)` is 1)? Without a database none does.',
          'Does the database have CPU and disk left? `tactus_refresh_duration_seconds` shows how long refreshes take.',
        ],
      },
    },
    {
      name: 'TactusBatchLeaderless',
      expr: 'max(tactus_batch_leader) < 1',
      for: '5m',
      severity: 'warning',
      summary: 'No instance of batch leads: nothing is rolled up or compared',
      runbook: {
        means:
          'All instances of batch are on standby, mostly since none has a connection to the database. Nothing is lost: what is due is marked there.',
        query: 'tactus_batch_leader',
        command: 'docker compose ps timescaledb',
        steps: [
          'Their `/readyz` names what they wait for.',
          'A session that still holds the lock of an instance that was cut off: it ends with its connection.',
        ],
      },
    },
  ],
};
