import type {
  Alert,
  AlertNotification,
  Anomaly,
  Event,
  LatePoint,
  MetricPoint,
  WindowAggregate,
} from '../../../schemas/types.js';

export const NOON = Date.UTC(2026, 0, 15, 12);

export function point(change: Partial<MetricPoint> = {}): MetricPoint {
  return {
    tenantId: 'acme',
    metric: 'cpu',
    tags: { host: 'a', core: '1' },
    timestamp: NOON,
    value: 1.5,
    id: 'p1',
    unit: 'percent',
    source: null,
    kind: 'gauge',
    startTimestamp: null,
    ...change,
  };
}

export function closedWindow(change: Partial<WindowAggregate> = {}): WindowAggregate {
  return {
    tenantId: 'acme',
    metric: 'cpu',
    tags: { host: 'a', core: '1' },
    window: '10s',
    start: NOON,
    end: NOON + 10_000,
    count: 10,
    sum: 15,
    min: 1,
    max: 2,
    mean: 1.5,
    stddev: 0.25,
    first: 1,
    last: 2,
    quantiles: { '0.5': 1.5, '0.95': 2 },
    watermark: NOON + 10_001,
    emittedAt: NOON + 15_000,
    increase: null,
    rate: null,
    distinct: null,
    sketch: null,
    recordedBy: null,
    ...change,
  };
}

export function latePoint(change: Partial<LatePoint> = {}): LatePoint {
  return {
    point: point(),
    missed: [
      { window: '10s', start: NOON },
      { window: '1m', start: NOON - 10_000 },
      { window: '1m', start: NOON },
    ],
    watermark: NOON + 60_000,
    latenessMs: 60_000,
    cause: 'arrival',
    ...change,
  };
}

export function event(change: Partial<Event> = {}): Event {
  return {
    id: 'e1',
    tenantId: 'acme',
    type: 'login',
    timestamp: NOON,
    subjectId: 'user-7',
    attributes: { ok: true, tries: 2, ratio: 0.5, agent: 'x"y\\z', referrer: null },
    ...change,
  };
}

export function anomaly(change: Partial<Anomaly> = {}): Anomaly {
  return {
    id: 'a1',
    tenantId: 'acme',
    metric: 'cpu',
    tags: { host: 'a' },
    detector: 'robust-ewma',
    window: '10s',
    start: NOON,
    end: NOON + 10_000,
    value: 99,
    expected: 10,
    lower: 5,
    upper: 15,
    score: 0.99,
    severity: 'critical',
    explanation: 'far above what was expected',
    detectedAt: NOON + 15_000,
    ...change,
  };
}

export function alert(change: Partial<Alert> = {}): Alert {
  return {
    fingerprint: 'f1',
    rule: 'cpu-high',
    tenantId: 'acme',
    state: 'firing',
    severity: 'warning',
    labels: { host: 'a' },
    annotations: { summary: 'CPU is high' },
    value: 97,
    startsAt: NOON,
    endsAt: null,
    updatedAt: NOON + 60_000,
    ...change,
  };
}

export function notified(change: Partial<AlertNotification> = {}): AlertNotification {
  return {
    ...{ id: 'n1', tenantId: 'acme', fingerprint: 'f1', startsAt: NOON, at: NOON + 61_000 },
    ...{ channel: 'ops', kind: 'slack', outcome: 'failed', status: 'firing', attempts: 1 },
    ...{ error: 'TACTUS_NOTIFICATION_FAILED', reason: null, escalation: 0 },
    ...change,
  };
}
