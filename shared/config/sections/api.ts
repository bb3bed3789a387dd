import { filePath, host, integer, networks, text } from './formats.js';
import { edgeTlsKeys } from './security.js';

const DAY_MS = 86_400_000;
const MIB = 1_048_576;

export const api = {
  httpHost: {
    doc: 'Address that the API is reached at; 0.0.0.0 (or :: with IPv6) is every interface of the machine',
    format: host,
    default: '127.0.0.1',
    env: 'HTTP_HOST',
  },
  httpPort: {
    doc: 'Port that the API is reached at; 0 takes a free one and logs it',
    format: integer(0, 65_535),
    default: 8_090,
    env: 'HTTP_PORT',
  },
  maxConnections: {
    doc: 'Most connections at once, those of live clients included; further ones are closed at once and counted',
    format: integer(1, 1_000_000),
    default: 10_000,
    env: 'TACTUS_API_MAX_CONNECTIONS',
  },
  requestTimeoutMs: {
    doc: 'A request that has not come in full within this time is answered 408, and its connection closed',
    format: integer(1_000, 600_000),
    default: 30_000,
    env: 'TACTUS_API_REQUEST_TIMEOUT_MS',
  },
  maxBodyBytes: {
    doc: 'Largest body of a request; larger ones are answered 413',
    format: integer(1_024, 67_108_864),
    default: 1_048_576,
    env: 'TACTUS_API_MAX_BODY_BYTES',
  },
  queryTimeoutMs: {
    doc: 'A query that takes the database longer, or waits longer for one of the connections (TACTUS_DATABASE_POOL_SIZE), is cancelled and answered 503',
    format: integer(100, 600_000),
    default: 10_000,
    env: 'TACTUS_API_QUERY_TIMEOUT_MS',
  },
  maxRangeMs: {
    doc: 'Longest range of a query; longer ones are answered 400',
    format: integer(1_000, 36_500 * DAY_MS),
    default: 400 * DAY_MS,
    env: 'TACTUS_API_MAX_RANGE_MS',
  },
  maxSeries: {
    doc: 'Most series in one answer; a query that finds more is answered 400, which says how to ask for fewer',
    format: integer(1, 100_000),
    default: 500,
    env: 'TACTUS_API_MAX_SERIES',
  },
  maxPoints: {
    doc: 'Most points, or buckets, of one series in an answer',
    format: integer(10, 100_000),
    default: 11_000,
    env: 'TACTUS_API_MAX_POINTS',
  },
  promqlMaxSeries: {
    doc: 'Most series that one selector of a PromQL query may find; a query that finds more is answered 422',
    format: integer(1, 1_000_000),
    default: 20_000,
    env: 'TACTUS_API_PROMQL_MAX_SERIES',
  },
  promqlMaxSamples: {
    doc: 'Most points that a PromQL query may hold in memory, read and computed; one that needs more is answered 422. A point takes some 100 bytes while it is read',
    format: integer(1_000, 100_000_000),
    default: 1_000_000,
    env: 'TACTUS_API_PROMQL_MAX_SAMPLES',
  },
  promqlMaxQueries: {
    doc: 'Most PromQL queries at once, of one tenant at most half of them; others wait for up to TACTUS_API_QUERY_TIMEOUT_MS',
    format: integer(1, 1_000),
    default: 4,
    env: 'TACTUS_API_PROMQL_MAX_QUERIES',
  },
  pipelineIntervalMs: {
    doc: 'Time between two looks at the lags of the pipeline, which go on for two minutes after somebody has asked for it',
    format: integer(1_000, 600_000),
    default: 5_000,
    env: 'TACTUS_API_PIPELINE_INTERVAL_MS',
  },
  ruleTimeoutMs: {
    doc: 'Longest that rules which somebody has sent are checked, tested or backtested; a backtest ends there with what it has found, others are answered 400',
    format: integer(100, 600_000),
    default: 15_000,
    env: 'TACTUS_API_RULE_TIMEOUT_MS',
  },
  graphqlMaxDocumentBytes: {
    doc: 'Longest document of GraphQL, its variables apart; longer ones are refused, as are those that exceed one of the next four',
    format: integer(256, MIB),
    default: 32_768,
    env: 'TACTUS_API_GRAPHQL_MAX_DOCUMENT_BYTES',
  },
  graphqlMaxTokens: {
    doc: 'Most tokens (names, signs and values) of a document, and most fields once its fragments are spread',
    format: integer(50, 100_000),
    default: 1_000,
    env: 'TACTUS_API_GRAPHQL_MAX_TOKENS',
  },
  graphqlMaxDepth: {
    doc: 'How deep the fields of a document may be nested',
    format: integer(2, 100),
    default: 10,
    env: 'TACTUS_API_GRAPHQL_MAX_DEPTH',
  },
  graphqlMaxReads: {
    doc: 'Most fields of a document that are read apart, under whatever names: those of the root, each of which is what a request of REST is, those below that take arguments, and further names of a field',
    format: integer(1, 1_000),
    default: 10,
    env: 'TACTUS_API_GRAPHQL_MAX_READS',
  },
  graphqlMaxCost: {
    doc: 'Most that a document may cost: about as many as objects that its answer can have, lists counted by their limit',
    format: integer(100, 10_000_000),
    default: 10_000,
    env: 'TACTUS_API_GRAPHQL_MAX_COST',
  },
  corsOrigins: {
    doc: 'Origins of web pages that may ask, separated by commas, such as https://ops.example.com; empty allows only pages of the same origin',
    format: text(4_096),
    default: '',
    env: 'TACTUS_API_CORS_ORIGINS',
  },
  trustedProxies: {
    doc: 'Networks of proxies in front of the API, such as 10.0.0.0/8: of requests that come through them X-Forwarded-For names the client, by which logins are limited. Without it all clients of a proxy count as one',
    format: networks,
    default: '',
    env: 'TACTUS_API_TRUSTED_PROXIES',
  },
  adminPasswordFile: {
    doc: 'File with the password of the user admin of all tenants, who is added at the start where there is no user of that name; empty adds nobody',
    format: filePath,
    default: '',
    env: 'TACTUS_API_ADMIN_PASSWORD_FILE',
  },
  secureCookies: {
    doc: 'Whether browsers send the cookies of a login over HTTPS only: auto (where the API itself speaks it) or always (also behind a proxy that does)',
    format: ['auto', 'always'],
    default: 'auto',
    profiles: { staging: 'always', production: 'always' },
    env: 'TACTUS_API_SECURE_COOKIES',
  },
  liveMaxClients: {
    doc: 'Most clients of live updates at once, of one tenant at most half of them; further ones are refused',
    format: integer(1, 1_000_000),
    default: 8_000,
    env: 'TACTUS_API_LIVE_MAX_CLIENTS',
  },
  liveMaxSubscriptions: {
    doc: 'Most subscriptions of one live client',
    format: integer(1, 10_000),
    default: 50,
    env: 'TACTUS_API_LIVE_MAX_SUBSCRIPTIONS',
  },
  liveMaxClientSeries: {
    doc: 'Most series that one live client is sent; of more it is sent that they are left out',
    format: integer(1, 1_000_000),
    default: 5_000,
    env: 'TACTUS_API_LIVE_MAX_CLIENT_SERIES',
  },
  liveMaxEvents: {
    doc: 'Most anomalies that wait for one live client; beyond it the oldest are dropped, and it is sent how many',
    format: integer(1, 100_000),
    default: 256,
    env: 'TACTUS_API_LIVE_MAX_EVENTS',
  },
  liveMaxAlerts: {
    doc: 'Most alerts whose state a new subscription is sent at once; the others come when they change',
    format: integer(1, 10_000_000),
    default: 50_000,
    env: 'TACTUS_API_LIVE_MAX_ALERTS',
  },
  liveSeriesBytes: {
    doc: 'Memory for the newest values of series, which a new subscription is sent at once; of one tenant at most half. Of series beyond it only what comes is sent',
    format: integer(MIB, 17_179_869_184),
    default: 128 * MIB,
    env: 'TACTUS_API_LIVE_SERIES_BYTES',
  },
  liveIntervalMs: {
    doc: 'A live client is sent something at most this often: the newest of each series that has changed',
    format: integer(10, 60_000),
    default: 100,
    env: 'TACTUS_API_LIVE_INTERVAL_MS',
  },
  liveMaxBufferedBytes: {
    doc: 'A live client that has not taken so many bytes yet is sent nothing until it has',
    format: integer(1_024, 16 * MIB),
    default: 65_536,
    env: 'TACTUS_API_LIVE_MAX_BUFFERED_BYTES',
  },
  liveSlowCloseMs: {
    doc: 'A live client that has been sent nothing for so long because of that is closed',
    format: integer(100, 3_600_000),
    default: 15_000,
    env: 'TACTUS_API_LIVE_SLOW_CLOSE_MS',
  },
  ...edgeTlsKeys('API', 'the API'),
};
