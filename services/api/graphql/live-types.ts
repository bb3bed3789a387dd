import { Type } from 'typebox';
import { Tags } from '../routes/anomalies.js';
import { Time } from '../routes/requests.js';

/*
 * What a subscription is sent: the messages of /ws/metrics, each as a type of its own.
 */

const Series = { tenantId: Type.String(), metric: Type.String(), tags: Tags } as const;
const OrNull = (schema: ReturnType<typeof Type.Number | typeof Type.Integer | typeof Type.String>) =>
  Type.Union([schema, Type.Null()]);

const Point = Type.Object(
  {
    ...{ ...Series, timestamp: Time, value: OrNull(Type.Number()), kind: Type.String() },
    partition: Type.Integer(),
    offset: Type.Integer({ description: 'In the topic metrics' }),
  },
  { title: 'LivePoint' },
);

const Window = Type.Object(
  {
    ...{ ...Series, window: Type.String({ description: 'Name of the definition' }), start: Time, end: Time },
    ...{ count: Type.Integer(), sum: Type.Number(), min: Type.Number(), max: Type.Number() },
    ...{ mean: Type.Number(), stddev: Type.Number(), first: Type.Number(), last: Type.Number() },
    quantiles: Type.Union([Type.Record(Type.String(), Type.Number()), Type.Null()]),
    ...{ increase: OrNull(Type.Number()), rate: OrNull(Type.Number()), distinct: OrNull(Type.Integer()) },
    emittedAt: Time,
  },
  { title: 'LiveWindow' },
);

const Anomaly = Type.Object(
  {
    ...{
      id: Type.String(),
      ...Series,
      detector: Type.String(),
      window: Type.String(),
      start: Time,
      end: Time,
    },
    ...{ value: Type.Number(), expected: Type.Number(), lower: Type.Number(), upper: Type.Number() },
    ...{ score: Type.Number(), severity: Type.String(), explanation: Type.String(), detectedAt: Time },
  },
  { title: 'LiveAnomaly' },
);

const Alert = Type.Object(
  {
    ...{ fingerprint: Type.String(), rule: Type.String(), tenantId: Type.String() },
    ...{
      state: Type.Enum(['pending', 'firing', 'resolved']),
      severity: Type.Enum(['info', 'warning', 'critical']),
    },
    labels: Type.Record(Type.String(), Type.String()),
    annotations: Type.Record(Type.String(), Type.String()),
    ...{ value: Type.Number(), startsAt: Time, endsAt: OrNull(Time), updatedAt: Time },
  },
  { title: 'LiveAlert' },
);

/** By the type that a message has. */
export const LIVE_MESSAGES = {
  subscribed: Type.Object(
    {
      tenantId: Type.String(),
      series: Type.Integer({ description: 'That it is sent by now; their newest points follow' }),
      limited: Type.Boolean({ description: 'Whether there are more than it may have' }),
    },
    { title: 'Subscribed' },
  ),
  metric_update: Type.Object({ updates: Type.Array(Point) }, { title: 'MetricUpdates' }),
  window_update: Type.Object({ updates: Type.Array(Window) }, { title: 'WindowUpdates' }),
  anomaly: Type.Object({ anomaly: Anomaly }, { title: 'AnomalyDetected' }),
  alert: Type.Object({ alert: Alert }, { title: 'AlertChanged' }),
  limited: Type.Object({ maxSeries: Type.Integer() }, { title: 'SeriesLimited' }),
  lost: Type.Object(
    { anomalies: Type.Integer({ description: 'That were not sent because too many waited' }) },
    { title: 'AnomaliesLost' },
  ),
  status: Type.Object(
    { staleSince: OrNull(Time) },
    {
      title: 'LiveStatus',
      description: 'Since when what it has may be old, as Kafka is not heard of; null once it is',
    },
  ),
} as const;

export type LiveMessageType = keyof typeof LIVE_MESSAGES;
