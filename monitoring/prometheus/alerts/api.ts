import type { AlertGroup } from '../alert.js';

const SHARE_OF_ERRORS = `sum(rate(tactus_api_requests_total{status="5xx"}[5m]))
  / sum(rate(tactus_api_requests_total[5m]))`;

/** Requests of those who listen: they last for as long as somebody does. */
const LIVE = '/ws/.+|.+/stream|/graphql.*';
/** 95 of 100 answers have come by then. */
const SECONDS = `histogram_quantile(0.95, sum by (le)
  (rate(request_duration_seconds_bucket{worker="api", endpoint!~"${LIVE}"}[5m])))`;

/** Whether those who ask get answers, and soon. */
export const api: AlertGroup = {
  name: 'tactus-api',
  title: 'API',
  alerts: [
    {
      name: 'TactusApiErrors',
      expr: `${SHARE_OF_ERRORS} > 0.01`,
      for: '2m',
      severity: 'critical',
      summary: '{{ $value | humanizePercentage }} of the requests to the API are answered 5xx',
      runbook: {
        means: `More than one question in a hundred is not answered (503: a server did not answer in time, mostly the database; 500: a fault
of ours). No data are lost by it: what comes in is stored and evaluated by other workers.`,
        query: 'sum by (endpoint, status) (rate(requests_total{worker="api"}[5m]))',
        command: 'docker compose logs --since 15m api',
        steps: [
          'The `code` of an answer says which server: `TACTUS_DATABASE_UNAVAILABLE`: does the database live, and has it connections left? `TACTUS_KAFKA_UNAVAILABLE`: look at the brokers.',
          '`TACTUS_QUERY_TIMEOUT`: as for [TactusApiSlow](#tactusapislow).',
          '`TACTUS_API_OVERLOADED` at `/ws/metrics` or `…/stream`: there are `TACTUS_API_LIVE_MAX_CLIENTS` live clients, or half of them of one tenant (`tactus_live_clients`): start more instances, or raise it.',
          '`TACTUS_LOGIN_LIMITED` with 503 at `…/auth/login`: more people log in at once than passwords can be checked, such as after a restart, or somebody guesses (`sum by (reason) (rate(tactus_api_login_refusals_total[5m]))`). It passes by itself; more instances check more.',
          '`TACTUS_OIDC_UNAVAILABLE` at `…/auth/oidc/…`: the identity provider does not answer, or `TACTUS_OIDC_ISSUER` is not its address. Logins by password go on.',
          'Any 500 is worth a report: its log line has the error.',
        ],
      },
    },
    {
      name: 'TactusApiSlow',
      expr: `${SECONDS} > 2.5`,
      for: '5m',
      severity: 'warning',
      summary: 'One request in twenty to the API takes {{ $value | humanizeDuration }} or longer',
      runbook: {
        means: `Answers take long, and at \`TACTUS_API_QUERY_TIMEOUT_MS\` they become 503. It is the database that is slow, or there are more
questions than \`TACTUS_DATABASE_POOL_SIZE\` lets through at once.`,
        query:
          'topk(5, histogram_quantile(0.95, sum by (le, endpoint) (rate(request_duration_seconds_bucket{worker="api"}[5m]))))',
        command: 'docker compose run --rm tactus performance-monitor --duration 60 api:9464',
        steps: [
          'One endpoint only: long ranges of many series. `TACTUS_API_MAX_RANGE_MS`, `TACTUS_API_MAX_SERIES` and `TACTUS_API_MAX_POINTS` bound a question.',
          '`/prom/…` only: PromQL queries wait for each other. At most `TACTUS_API_PROMQL_MAX_QUERIES` run at once, half of them of one tenant: a dashboard with many panels that refreshes often fills that. Let it refresh less often or raise it, as far as CPU and database are free.',
          '`…/auth/login` only: two passwords are checked at once, some 12 ms each; others wait. Start more instances where many log in.',
          'All endpoints, and its CPU or event loop is at the limit: start more of them.',
          'All endpoints, and its CPU is free: the database. Do roll-ups keep up (`tactus_batch_lag_seconds`)? What runs longest is in `pg_stat_activity`.',
        ],
      },
    },
  ],
};
