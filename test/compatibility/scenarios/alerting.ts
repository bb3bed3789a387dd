import type { Anomaly, WindowAggregate } from '../../../schemas/types.js';
import { alertingStage } from '../../../shared/alerting/alerts/alerting-stage.js';
import { UNTIMED_INPUT } from '../../../shared/alerting/alerts/input-time.js';
import { joinStage } from '../../../shared/alerting/joins/join-stage.js';
import { anomalyInput, windowInput } from '../../../shared/alerting/rules/condition.js';
import { parseRules } from '../../../shared/alerting/rules/rules-file.js';
import { anyStage, codecs, type Scenario, START } from '../scenario.js';
import { windowOf } from './window.js';

const RULES = `
rules:
  - { name: Hot, window: 10s, metric: cpu, expr: mean > 80.0, for: 20s, keepFiringFor: 20s, severity: critical,
      groupBy: [zone, host], labels: { team: ops, area: "ü" }, annotations: { summary: "{{ metric }} {{ mean }}" } }
  - { name: Warm, window: 10s, expr: mean > 50.0, groupBy: series }
  - { name: Gone, window: 10s, metric: cpu, noData: alert, staleAfter: 30s }
  - { name: Odd, on: anomaly, expr: anomaly.score > 0.5, staleAfter: 1m }
  - { name: Ratio, window: 10s, expr: errors.sum / requests.sum > 0.5, for: 10s,
      metrics: { errors: { metric: errors, default: 0 }, requests: requests } }
`;

const common = {
  input: UNTIMED_INPUT,
  rules: () => parseRules(RULES, 'rules.yaml'),
  encoder: codecs.encoder('alerts'),
  staleAfterMs: 120_000,
  forgetAfterMs: 3_600_000,
  maxAlerts: 100,
  observer: {
    transition: () => {},
    dropped: () => {},
    evaluationFailed: () => {},
    live: () => {},
    flaps: () => {},
    discarded: () => {
      throw new Error('a saved alert was thrown away');
    },
  },
};

/** The wall clock is a while ahead of the windows, as it always is. */
const wall = (n: number) => START + n * 10_000 + 2_000;

function windows(n: number, ...all: WindowAggregate[]) {
  const encoder = codecs.encoder('windows');
  return { now: wall(n), records: all.map((each) => ({ value: encoder.encode(each) })) };
}

/** Committed with one alert pending, one firing, and one that has recovered and is kept firing. */
export const alertsOfWindows: Scenario = {
  name: 'alerts-of-windows',
  input: 'windows',
  open: () => anyStage(alertingStage({ ...common, kind: windowInput, decoder: codecs.decoder('windows') })),
  before: [
    windows(1, windowOf(0, 90), windowOf(0, 95, { tags: { host: 'b' } })),
    windows(3, windowOf(1, 91), windowOf(2, 92), windowOf(3, 10)),
    windows(4, windowOf(3, 96, { tags: { host: 'b' } }), windowOf(3, 1, { metric: 'requests' })),
  ],
  after: [
    windows(5, windowOf(4, 10), windowOf(4, 97, { tags: { host: 'b' } })),
    windows(6, windowOf(5, 10), windowOf(5, 20, { tags: { host: 'b' } })),
    windows(30),
  ],
};

function anomalies(n: number, ...scores: number[]) {
  const encoder = codecs.encoder('anomalies');
  const start = START + n * 10_000;
  const rest: Omit<Anomaly, 'score' | 'id'> = {
    ...{ tenantId: 'acme', metric: 'cpu', tags: { zone: 'eu', host: 'a' }, detector: 'spike', window: '10s' },
    ...{ start, end: start + 10_000, value: 40, expected: 12, lower: 10, upper: 14, severity: 'critical' },
    ...{ explanation: 'high', detectedAt: start + 11_000 },
  };
  const records = scores.map((score, i) => ({ value: encoder.encode({ ...rest, id: `${n}-${i}`, score }) }));
  return { now: wall(n + 1), records };
}

export const alertsOfAnomalies: Scenario = {
  name: 'alerts-of-anomalies',
  input: 'anomalies',
  open: () =>
    anyStage(alertingStage({ ...common, kind: anomalyInput, decoder: codecs.decoder('anomalies') })),
  before: [anomalies(0, 0.9)],
  after: [anomalies(2, 0.4), anomalies(20)],
};

const errors = (n: number, sum: number) => windowOf(n, sum, { metric: 'errors', sum });
const requests = (n: number, sum: number) => windowOf(n, sum, { metric: 'requests', sum });

/** Committed with one join decided, one that waits for its other half, and an alert of the rule pending. */
export const joins: Scenario = {
  name: 'joins',
  input: 'state.joins',
  open: () =>
    anyStage(
      joinStage({
        ...common,
        decoder: codecs.decoder('windows'),
        joinWaitMs: 20_000,
        maxJoins: 100,
        joined: () => {},
      }),
    ),
  before: [
    windows(1, errors(0, 8), requests(0, 10), requests(1, 10)),
    windows(4, requests(3, 10), errors(4, 9)),
  ],
  after: [windows(5, errors(1, 9), requests(4, 10)), windows(6, errors(5, 1), requests(5, 10))],
};
