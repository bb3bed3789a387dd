import type { AlertGroup } from '../alert.js';

/** Whether alerts of alerting reach people. */
export const notifications: AlertGroup = {
  name: 'tactus-notifications',
  title: 'Alerting',
  alerts: [
    {
      name: 'TactusNotificationsFailing',
      expr: 'sum by (channel) (increase(tactus_notifications_total{outcome="failed"}[5m])) > 2 and sum by (channel) (tactus_notifications_waiting) > 0',
      for: '1m',
      severity: 'critical',
      summary: 'Notifications to {{ $labels.channel }} fail, and wait',
      runbook: {
        means:
          'People are not notified of alerts of Tactus by this channel. They wait, and are sent when it is back; other channels go on.',
        query: 'sum by (channel, outcome) (rate(tactus_notifications_total[5m]))',
        command: 'npx tactus alerts ls',
        steps: [
          'The log of alerting has the answer of the target (`docker compose logs alerting`).',
          'Is its address right, its secret valid, and is it in `TACTUS_ALERT_ALLOWED_NETWORKS`?',
          'Until it works, read the alerts with the command above.',
        ],
      },
    },
    {
      name: 'TactusNotificationsLost',
      expr: 'sum by (channel) (increase(tactus_notifications_total{outcome="given_up"}[15m])) > 0',
      severity: 'critical',
      summary: '{{ $labels.channel }} refused a notification for its content: it is lost',
      runbook: {
        means:
          'The target answered that it will never take this notification (such as 400). It is not repeated.',
        query: 'sum by (channel) (increase(tactus_notifications_total{outcome="given_up"}[1h]))',
        command: 'npx tactus alerts ls',
        steps: [
          'The log of alerting has the answer. Mostly a template gives what the target does not take, or the target has changed.',
          '`npx tactus check notifications.yaml` finds mistakes in the notifications file.',
        ],
      },
    },
    {
      name: 'CircuitBreakerOpen',
      expr: 'max by (name) (max_over_time(circuit_breaker_state{state="open"}[1m])) == 1',
      for: '1m',
      severity: 'warning',
      summary: 'The circuit breaker of {{ $labels.name }} is open',
      runbook: {
        means: `Some calls in a row to this channel have failed; now and then one is let through, and the first that succeeds closes it.
Half-open moments between are counted as open.`,
        query: 'circuit_breaker_state{state=""} > 0',
        command: 'npx tactus alerts ls',
        steps: ['As for [TactusNotificationsFailing](#tactusnotificationsfailing).'],
      },
    },
    {
      name: 'TactusAlertsDropped',
      expr: 'sum by (reason) (increase(tactus_alerts_dropped_total[10m])) > 0',
      severity: 'warning',
      summary: 'Alerting drops what is over a bound: {{ $labels.reason }}',
      runbook: {
        means:
          'A bound is reached (alerts, members of an alert, series watched for silence, windows that wait for others), and alerts beyond it are not raised.',
        query: 'sum by (reason) (increase(tactus_alerts_dropped_total[1h]))',
        command: 'npx tactus alerts ls',
        steps: [
          'One rule that holds for thousands of series is the usual cause: give it a `groupBy`.',
          '`tenant`: one tenant has four fifths of the bound; the others are still served.',
        ],
      },
    },
  ],
};
