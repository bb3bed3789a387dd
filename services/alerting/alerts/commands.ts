import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Alert, AlertControl } from '../../../schemas/types.js';
import { Codecs } from '../../../shared/adapters/avro/codecs.js';
import { ensureTopics } from '../../../shared/adapters/kafka/admin/topics-admin.js';
import { createKafka } from '../../../shared/adapters/kafka/client.js';
import { LogReader } from '../../../shared/adapters/kafka/consume/log-reader.js';
import { startProducer } from '../../../shared/adapters/kafka/produce/producer.js';
import { loadTopics } from '../../../shared/catalog/topics.js';
import { systemClock } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';
import { DURATION_ALLOWED, parseDuration } from '../../../shared/files/duration.js';
import type { ValueDecoder } from '../../../shared/ports/codec.js';
import { type CommandContext, runCommand, say } from '../../../shared/process/command.js';
import { followCompactedTopic } from '../../../shared/runners/follow-compacted-topic.js';
import type { TopicName } from '../../../topics/names.js';
import { Controls, controlKey } from '../notify/controls.js';
import { MATCHER_ALLOWED, parseMatcher } from '../notify/routing.js';
import { sentenceOf } from '../notify/text.js';

interface Why {
  readonly by?: string;
  readonly comment?: string;
}

/** `tactus alerts ls`: alerts that are pending or firing, with what was decided about them, and silences. */
export async function listAlerts(): Promise<number> {
  return await runCommand('alerts ls', async (context) => {
    const codecs = new Codecs(context);
    const now = systemClock.now();
    const controls = await latest(context, 'control.alerts', codecs.decoder('control.alerts'));
    const decided = new Controls();
    for (const [key, control] of controls) decided.changed(key, control);
    const alerts = [...(await latest(context, 'alerts', codecs.decoder('alerts'))).values()]
      .filter(({ state }) => state !== 'resolved')
      .sort((a, b) => a.startsAt - b.startsAt);
    for (const alert of alerts) say(alertLine(alert, decided, now));
    if (alerts.length === 0) say('no alert is pending or firing');
    for (const { kind, id, matchers, endsAt, author, comment } of controls.values())
      if (kind === 'silence' && endsAt > now)
        say(
          `silence ${id} until ${new Date(endsAt).toISOString()} by ${author}: ${matchers.join(' ')} ${comment}`.trimEnd(),
        );
    return 0;
  });
}

/** `tactus alerts silence MATCHER...`: nobody is told of alerts that all matchers fit, for a while. */
export async function silence(
  texts: readonly string[],
  options: Why & { readonly for: string },
): Promise<number> {
  return await runCommand('alerts silence', async (context) => {
    const bad = texts.find((text) => parseMatcher(text) === null);
    if (bad !== undefined) throw refusal(`"${bad}" must be ${MATCHER_ALLOWED}`);
    const forMs = parseDuration(options.for);
    if (forMs === null || forMs === 0)
      throw refusal(`--for must be ${DURATION_ALLOWED}: value was "${options.for}"`);
    const id = randomUUID().slice(0, 8);
    const now = systemClock.now();
    const matchers = texts.map((text) => parseMatcher(text)?.text ?? text);
    await decide(context, controlKey.silence(id), {
      id,
      kind: 'silence',
      matchers,
      endsAt: now + forMs,
      ...who(options, now),
    });
    say(`silence ${id} until ${new Date(now + forMs).toISOString()}`);
    return 0;
  });
}

/** `tactus alerts unsilence ID`. */
export async function unsilence(id: string): Promise<number> {
  return await runCommand('alerts unsilence', async (context) => {
    const now = systemClock.now();
    const over = { id, kind: 'silence' as const, matchers: [], endsAt: now, ...who({}, now) };
    await decide(context, controlKey.silence(id), over);
    say(`silence ${id} is over`);
    return 0;
  });
}

/** `tactus alerts ack FINGERPRINT`: somebody looks after it; no repetition and no escalation until it is over. */
export async function acknowledge(fingerprint: string, options: Why): Promise<number> {
  return await runCommand('alerts ack', async (context) => {
    const now = systemClock.now();
    const alert = (await latest(context, 'alerts', new Codecs(context).decoder('alerts'))).get(fingerprint);
    if (alert === undefined || alert.state === 'resolved')
      throw refusal(`no alert "${fingerprint}" is pending or firing: \`tactus alerts ls\` lists them`);
    await decide(context, controlKey.acknowledgement(fingerprint), {
      id: fingerprint,
      kind: 'acknowledgement',
      matchers: [],
      endsAt: now,
      ...who(options, now),
    });
    say(`acknowledged: ${alertLine(alert, new Controls(), now)}`);
    return 0;
  });
}

function alertLine(alert: Alert, controls: Controls, now: number): string {
  const { fingerprint, state, severity, rule, tenantId, labels, startsAt } = alert;
  const notes = [
    controls.acknowledged(alert, startsAt) ? ' (acknowledged)' : '',
    controls.silenced(labels, now) ? ' (silenced)' : '',
  ];
  const since = new Date(startsAt).toISOString();
  return `${fingerprint} ${state} ${severity} ${rule} of ${tenantId} since ${since}${notes.join('')}: ${sentenceOf(alert)}`;
}

function who(
  { by, comment = '' }: Why,
  now: number,
): Pick<AlertControl, 'author' | 'comment' | 'createdAt' | 'startsAt'> {
  return { author: by ?? userInfo().username, comment, createdAt: now, startsAt: now };
}

async function decide(context: CommandContext, key: string, control: AlertControl): Promise<void> {
  await ensureTopics(context);
  const encoder = await new Codecs(context).encoder('control.alerts');
  const producer = await startProducer(context);
  try {
    await producer.send([{ topic: 'control.alerts', key, value: encoder.encode(control) }]);
  } finally {
    await producer.close();
  }
}

/** The latest value of each key of a topic. */
async function latest<T>(
  context: CommandContext,
  topic: TopicName,
  decoder: ValueDecoder<T>,
): Promise<Map<string, T>> {
  await ensureTopics(context);
  const reader = new LogReader(createKafka(context), context);
  await reader.connect();
  const done = new AbortController();
  const found = new Map<string, T>();
  const partitions = loadTopics().get(topic)?.partitions ?? 1;
  for (let partition = 0; partition < partitions; partition++)
    await followCompactedTopic(
      reader,
      context.config.kafka.topicPrefix + topic,
      partition,
      done.signal,
      (key, value) => {
        if (value === null) found.delete(key);
        else found.set(key, decoder.decode(value));
      },
      (batch) => decoder.prepare(batch, context.stopping),
    );
  done.abort();
  await reader.close();
  return found;
}

function refusal(message: string): TactusError {
  return new TactusError('TACTUS_CONFIG_INVALID', message);
}
