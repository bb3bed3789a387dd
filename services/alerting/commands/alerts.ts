import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Alert, AlertControl } from '../../../schemas/types.js';
import { Codecs } from '../../../shared/adapters/avro/codecs.js';
import { ensureTopics } from '../../../shared/adapters/kafka/admin/topics-admin.js';
import { createKafka } from '../../../shared/adapters/kafka/client.js';
import { LogReader } from '../../../shared/adapters/kafka/consume/log-reader.js';
import { startProducer } from '../../../shared/adapters/kafka/produce/producer.js';
import { type Millis, systemClock } from '../../../shared/core/clock.js';
import type { ValueDecoder } from '../../../shared/ports/codec.js';
import type { CommandContext } from '../../../shared/process/context.js';
import { retried } from '../../../shared/process/retried.js';
import { followCompactedTopic } from '../../../shared/runners/follow-compacted-topic.js';
import type { TopicName } from '../../../topics/names.js';
import { Controls, controlKey } from '../notify/controls.js';
import type { Matcher } from '../notify/routing.js';

/** Who decides something about alerts, and why. */
export interface Decision {
  /** Default: the user of this process. */
  readonly by?: string;
  readonly comment?: string;
}

/** An alert with what people have decided about it. */
export interface ListedAlert {
  readonly alert: Alert;
  readonly acknowledged: boolean;
  readonly silenced: boolean;
}

/** Alerts that are pending or firing, oldest first, and the silences in force. */
export async function listAlerts(context: CommandContext): Promise<{
  alerts: readonly ListedAlert[];
  silences: readonly AlertControl[];
  /** What is to be known of the silences: that one is ignored, or is about all alerts. */
  remarks: readonly string[];
}> {
  const now = systemClock.now();
  const records = await latestControls(context);
  const controls = new Controls();
  for (const [key, control] of records) controls.changed(key, control, now);
  const alerts = [...(await latestAlerts(context)).values()]
    .filter(isLive)
    .sort((a, b) => a.startsAt - b.startsAt)
    .map((alert) => ({
      alert,
      acknowledged: controls.acknowledged(alert, alert.startsAt),
      silenced: controls.silenced(alert.labels, now),
    }));
  const silences = [...records.values()].filter((control) => isInForce(control, now));
  return { alerts, silences, remarks: controls.remarks(now) };
}

/** Suppresses the notifications of alerts that all matchers fit, for a while. */
export async function silence(
  context: CommandContext,
  matchers: readonly Matcher[],
  { forMs, ...decision }: Decision & { readonly forMs: Millis },
): Promise<AlertControl> {
  const now = systemClock.now();
  const control: AlertControl = {
    id: randomUUID().slice(0, 8),
    kind: 'silence',
    matchers: matchers.map(({ text }) => text),
    endsAt: now + forMs,
    ...signed(decision, now),
  };
  await write(context, controlKey.silence(control.id), control);
  return control;
}

/**
 * Ends a silence.
 *
 * @returns false when none of that id is in force
 */
export async function unsilence(context: CommandContext, id: string): Promise<boolean> {
  const now = systemClock.now();
  const key = controlKey.silence(id);
  const control = (await latestControls(context)).get(key);
  if (control === undefined || !isInForce(control, now)) return false;
  await write(context, key, { id, kind: 'silence', matchers: [], endsAt: now, ...signed({}, now) });
  return true;
}

/**
 * Acknowledges an alert: somebody works on it, so it is neither repeated nor escalated until it is resolved.
 *
 * @returns null when none of that fingerprint is pending or firing
 */
export async function acknowledge(
  context: CommandContext,
  fingerprint: string,
  decision: Decision,
): Promise<Alert | null> {
  const now = systemClock.now();
  const alert = (await latestAlerts(context)).get(fingerprint);
  if (alert === undefined || !isLive(alert)) return null;
  await write(context, controlKey.acknowledgement(fingerprint), {
    id: fingerprint,
    kind: 'acknowledgement',
    matchers: [],
    endsAt: now,
    ...signed(decision, now),
  });
  return alert;
}

const isLive = ({ state }: Alert) => state !== 'resolved';
const isInForce = ({ kind, endsAt }: AlertControl, now: Millis) => kind === 'silence' && endsAt > now;

function signed(
  { by, comment = '' }: Decision,
  now: Millis,
): Pick<AlertControl, 'author' | 'comment' | 'createdAt' | 'startsAt'> {
  return { author: by ?? userInfo().username, comment, createdAt: now, startsAt: now };
}

async function write(context: CommandContext, key: string, control: AlertControl): Promise<void> {
  await ensureTopics(context);
  const encoder = await new Codecs(context).encoder('control.alerts');
  const producer = await startProducer(context);
  try {
    const record = { topic: 'control.alerts', key, value: encoder.encode(control) } as const;
    await retried(context, () => producer.send([record]));
  } finally {
    await producer.close();
  }
}

const latestAlerts = (context: CommandContext) =>
  latest(context, 'alerts', new Codecs(context).decoder('alerts'));
const latestControls = (context: CommandContext) =>
  latest(context, 'control.alerts', new Codecs(context).decoder('control.alerts'));

/** The latest value of each key of a topic. */
async function latest<T>(
  context: CommandContext,
  topic: TopicName,
  decoder: ValueDecoder<T>,
): Promise<Map<string, T>> {
  await ensureTopics(context);
  return await retried(context, () => latestNow(context, topic, decoder));
}

async function latestNow<T>(
  context: CommandContext,
  topic: TopicName,
  decoder: ValueDecoder<T>,
): Promise<Map<string, T>> {
  const reader = new LogReader(createKafka(context), context);
  const done = new AbortController();
  const found = new Map<string, T>();
  const physical = context.config.kafka.topicPrefix + topic;
  try {
    await reader.connect();
    const partitions = await reader.partitions(physical);
    for (let partition = 0; partition < partitions; partition++)
      await followCompactedTopic(
        reader,
        physical,
        partition,
        done.signal,
        (key, value) => {
          if (value === null) found.delete(key);
          else found.set(key, decoder.decode(value));
        },
        (batch) => decoder.prepare(batch, context.stopping),
      );
    return found;
  } finally {
    done.abort();
    await reader.close();
  }
}
