import type { AlertGroup } from '../alert.js';

const share = (status: string) => `sum(rate(tactus_gateway_requests_total{status=~"${status}"}[5m]))
  / sum(rate(tactus_gateway_requests_total[5m]))`;

/** Whether senders get what they send acknowledged. */
export const gateway: AlertGroup = {
  name: 'tactus-gateway',
  title: 'Gateway',
  alerts: [
    {
      name: 'TactusGatewayErrors',
      expr: `${share('5..')} > 0.01`,
      for: '2m',
      severity: 'critical',
      summary: '{{ $value | humanizePercentage }} of the requests are answered 5xx',
      runbook: {
        means: `More than one request in a hundred is not acknowledged (503: Kafka did not answer in time, or too much was under way;
500: a fault of ours). Senders keep what they have and repeat it; one that does not loses it.`,
        query: 'sum by (format, status) (rate(tactus_gateway_requests_total{status=~"5.."}[5m]))',
        command: 'docker compose logs --since 15m gateway',
        steps: [
          '`sum by (code) (rate(tactus_gateway_requests_refused_total[5m]))` has the reasons: `TACTUS_KAFKA_UNAVAILABLE`: look at the brokers. `TACTUS_GATEWAY_OVERLOADED`: too many bytes under way (`tactus_gateway_in_flight_bytes`): start more gateways, or find the sender that is too fast.',
          'Any 500 is worth a report: its log line has the error.',
        ],
      },
    },
    {
      name: 'TactusGatewayRefusals',
      expr: `${share('4..')} > 0.2`,
      for: '10m',
      severity: 'warning',
      summary: '{{ $value | humanizePercentage }} of the requests are refused with 4xx',
      runbook: {
        means:
          'Senders send what is not taken: a wrong key, a body that cannot be read, more than their quota. What is refused is not kept by anybody but the sender.',
        query: 'sum by (code) (rate(tactus_gateway_requests_refused_total[5m]))',
        command: 'npx tactus keys ls',
        steps: [
          'Which tenants: `topk(5, rate(tactus_gateway_tenant_requests_refused_total[5m]))`.',
          '`TACTUS_CREDENTIALS_REFUSED`: an expired or revoked key still in use (`tactus_key_refusals_total` has the reason), or somebody who tries keys.',
          '`TACTUS_QUOTA_EXCEEDED`: raise the quota in the profile of the tenant, or talk to it.',
        ],
      },
    },
    {
      name: 'TactusQuotaWithoutRedis',
      expr: 'sum(increase(tactus_gateway_quota_redis_failures_total[5m])) > 3',
      for: '2m',
      severity: 'warning',
      summary: 'Gateways count quotas without Redis',
      runbook: {
        means: `Redis does not answer in time. Each gateway counts by itself meanwhile, as \`TACTUS_QUOTA_WITHOUT_REDIS\` says: a tenant may
get up to its quota once per gateway, or nothing.`,
        query: 'sum(rate(tactus_gateway_quota_redis_failures_total[5m]))',
        command: 'docker compose exec redis redis-cli --latency-history -i 1',
        steps: ['Is Redis up, and does it have memory left? The gateways go back to it by themselves.'],
      },
    },
  ],
};
