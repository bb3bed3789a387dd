import pg from 'pg';
import type { Alert, Anomaly, Event, WindowAggregate } from '../../schemas/types.js';
import type { EmbeddedStack } from '../../services/up/embedded/stack.js';
import type { Findings } from '../integrity/findings.js';
import { readTopic } from '../integrity/read-topic.js';
import { Book } from '../integrity/watermark/book.js';
import { verify as verifyPoints } from '../integrity/watermark/verify.js';
import { keysByAlert, type Notified } from '../support/notified.js';
import type { PlainClient } from '../support/plain-client.js';
import { RISE, risesIn } from './rises.js';
import { THRESHOLD, type Traffic } from './traffic.js';
import { RULES } from './watch.js';

/** Everything that is checked once nothing moves any more. */
export interface Verification {
  readonly client: PlainClient;
  readonly stack: EmbeddedStack;
  readonly traffic: Traffic;
  readonly notified: readonly Notified[];
  /** Ends of stretches of the run, each with its beginning: what is known to happen must have in each. */
  readonly parts: readonly { readonly from: number; readonly to: number }[];
  readonly metrics: readonly string[];
  readonly faultsEnd: number;
  readonly findings: Findings;
}

/** Topics and database as new readers see them. @returns lines for people */
export async function verify(all: Verification): Promise<string[]> {
  const { client, stack, traffic, findings, faultsEnd } = all;
  const wanted = traffic.acknowledgedPoints;
  const [points, ...others] = await Promise.all([
    verifyPoints(client, stack.env, new Book(), findings, faultsEnd, wanted),
    verifyRows(all),
    verifyEvents(all),
    verifyAlerts(all),
  ]);
  return [...points, ...others.flat()];
}

/** Each acknowledged point has one row, and none has two. */
async function verifyRows({ stack, traffic, findings }: Verification): Promise<string> {
  const database = new pg.Pool({ connectionString: stack.env.DATABASE_URL, max: 1 });
  try {
    const missing = new Set(traffic.acknowledgedPoints);
    const { rows } = await database.query<{ id: string; times: number }>(
      'SELECT id, count(*)::int AS times FROM tactus.metric_points GROUP BY tenant_id, id',
    );
    for (const { id, times } of rows) {
      missing.delete(Number(id.slice(2)));
      if (times > 1) findings.add('rows duplicated', `${id}, ${times} times`);
    }
    for (const number of missing) findings.add('rows missing', `p-${number}`);
    return `rows: ${rows.length} points in the database, ${findings.counts('rows', ['missing', 'duplicated'])}`;
  } finally {
    await database.end();
  }
}

async function verifyEvents({ client, stack, traffic, findings }: Verification): Promise<string> {
  const times = new Map<string, number>();
  await readTopic<Event>(client, stack.env, 'events', ({ value: { id } }) =>
    times.set(id, (times.get(id) ?? 0) + 1),
  );
  for (const [id, count] of times) if (count > 1) findings.add('events duplicated', `${id}, ${count} times`);
  for (const id of traffic.acknowledgedEvents) if (!times.has(id)) findings.add('events missing', id);
  const { size } = traffic.acknowledgedEvents;
  return `events: ${size} acknowledged, ${times.size} found, ${findings.counts('events', ['missing', 'duplicated'])}`;
}

/** What probes were to raise, by the windows in the log, was raised once; and those who are notified know of it in every part of the run. */
async function verifyAlerts(all: Verification): Promise<string[]> {
  const { client, stack, findings, metrics } = all;
  const windows: WindowAggregate[] = [];
  await readTopic<WindowAggregate>(client, stack.env, 'windows', ({ value }) => {
    if (value.window === 'half' && metrics.includes(value.metric)) windows.push(value);
  });
  const rises = risesIn(windows, THRESHOLD);

  const anomalies = new Map<string, number>();
  const anomalyTimes = new Map<string, number[]>();
  await readTopic<Anomaly>(client, stack.env, 'anomalies', ({ value: { id, metric, start } }) => {
    anomalies.set(id, (anomalies.get(id) ?? 0) + 1);
    anomalyTimes.set(metric, [...(anomalyTimes.get(metric) ?? []), start]);
  });
  for (const [id, count] of anomalies)
    if (count > 1) findings.add('anomalies duplicated', `${id}, ${count} times`);

  const alerts = new Map<string, number>();
  let ofAnomalies = 0;
  await readTopic<Alert>(client, stack.env, 'alerts', ({ value }) => {
    const { rule, labels, state, startsAt, fingerprint, endsAt } = value;
    if (rule === RULES.window) {
      const at = state === 'resolved' ? (endsAt ?? 0) : startsAt;
      const key = RISE(labels.metric ?? '', labels.host ?? '', state, at);
      alerts.set(key, (alerts.get(key) ?? 0) + 1);
    } else if (rule === RULES.anomaly) {
      ofAnomalies += 1;
      const key = `${fingerprint} ${state} since ${startsAt}`;
      alerts.set(key, (alerts.get(key) ?? 0) + 1);
    } else findings.add('alerts unexpected', `${rule} of ${labels.metric}`);
  });
  for (const [key, count] of alerts)
    if (count > 1) findings.add('alerts duplicated', `${key}, ${count} times`);
  for (const rise of rises) if (!alerts.has(rise)) findings.add('alerts missing', rise);

  const lines = verifyNotifications(all, anomalyTimes);
  return [
    `anomalies: ${anomalies.size} found, ${findings.counts('anomalies', ['duplicated', 'missing'])}`,
    `alerts: ${rises.length} changes expected on windows, ${alerts.size - ofAnomalies} found, ${ofAnomalies} on anomalies, ${findings.counts('alerts', ['missing', 'duplicated', 'unexpected'])}`,
    ...lines,
  ];
}

function verifyNotifications(
  { notified, parts, metrics, findings }: Verification,
  anomalyTimes: ReadonlyMap<string, readonly number[]>,
): string[] {
  const keys = keysByAlert(
    notified,
    ({ labels, fingerprint, status, startsAt }) =>
      `${labels.alertname} of ${labels.metric} ${labels.host} ${fingerprint} ${status} since ${startsAt}`,
  );
  const times = new Map<string, number[]>();
  for (const { labels, startsAt } of notified.flatMap(({ alerts }) => alerts)) {
    const of = `${labels.alertname} of ${labels.metric}`;
    times.set(of, [...(times.get(of) ?? []), Date.parse(startsAt)]);
  }
  for (const [what, known] of keys)
    if (known.size > 1) findings.add('notifications with another key', `${what}: ${[...known].join(', ')}`);
  for (const { from, to } of parts)
    for (const metric of metrics) {
      const isIn = (at: number) => at >= from && at <= to;
      const when = `from ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
      if (!anomalyTimes.get(metric)?.some(isIn)) findings.add('anomalies missing', `${metric} ${when}`);
      for (const rule of Object.values(RULES))
        if (!times.get(`${rule} of ${metric}`)?.some(isIn))
          findings.add('notifications missing', `${rule} of ${metric} ${when}`);
    }
  const repeated = notified.length - new Set(notified.map(({ key }) => key)).size;
  return [
    `notifications: ${notified.length} received, ${repeated} of them again with the same key, ${findings.counts('notifications', ['with another key', 'missing'])}`,
  ];
}
