import kafkajs, { type Admin, type KafkaJSAggregateError } from 'kafkajs';
import { aclsOf } from '../../../catalog/acls.js';
import { loadTopics, type TopicDeclaration } from '../../../catalog/topics.js';
import { messageOf, TactusError } from '../../../core/errors.js';
import type { CommandContext, WorkerContext } from '../../../process/context.js';
import { sleep } from '../../../process/wait.js';
import { accessRefused } from '../security/access.js';
import { type ActualTopic, compareTopics, type TopicChange } from './topic-changes.js';
import { withAdmin } from './with-admin.js';

/** `ConfigSource` of Kafka's protocol: set on the topic itself, not inherited from the broker. */
const SET_ON_TOPIC = 1;
const VISIBLE_TRIES = 100;
const VISIBLE_PAUSE_MS = 50;
/** Kafka's errors for a wrong declaration: not retriable. */
const BAD_DECLARATION = new Set(['INVALID_CONFIG', 'INVALID_REQUEST', 'POLICY_VIOLATION']);

/**
 * Creates missing declared topics and leaves the others as they are. Every worker calls it at start, so
 * that a worker also starts against an empty cluster. A worker whose own topics are there asks for nothing: it need
 * not be allowed to create any, nor to see those of others. Waits for Kafka.
 *
 * @param context `name`: of the worker; without it all topics count as its own
 * @returns names, with prefix, of the created topics
 * @throws TactusError `TACTUS_ACCESS_REFUSED` where it may not create what it lacks
 */
export async function ensureTopics(
  context: CommandContext & Partial<Pick<WorkerContext, 'name'>>,
): Promise<string[]> {
  const { name } = context;
  const missing = await asked(context, async (admin) => {
    const declared = declaredTopics(context);
    const existing = new Set(await admin.listTopics());
    const absent = new Map([...declared].filter(([topic]) => !existing.has(topic)));
    const own = name === undefined ? [...declared.keys()] : ownTopics(name, context);
    const lacking = own.filter((topic) => absent.has(topic));
    if (lacking.length === 0) return [];
    const changes = compareTopics(absent, context.config.kafka.partitions, new Map()).filter(
      (change) => change.kind === 'create',
    );
    try {
      await create(admin, changes, context);
    } catch (error) {
      if (accessRefused(error, 'creating topics') === null) throw error;
      throw new TactusError(
        'TACTUS_ACCESS_REFUSED',
        `${lacking.join(', ')}: missing, or hidden from this principal, which may not create topics: run \`tactus topics apply\` as one that may, or give it what \`tactus acls list${name === undefined ? '' : ` ${name}`}\` shows`,
        { cause: error },
      );
    }
    return changes;
  });
  if (missing.length > 0) context.log.info({ topics: missing.map((c) => c.topic) }, 'topics created');
  return missing.map((change) => change.topic);
}

/** How the cluster's topics differ from their declarations; changes nothing. Waits for Kafka. */
export async function planTopics(context: CommandContext): Promise<TopicChange[]> {
  return await asked(context, (admin) => plan(admin, context));
}

/**
 * Brings the cluster's topics in line with the declarations: creates them, sets configuration. Settings
 * that are not declared stay as they are, and so do the partitions of topics that exist. Idempotent, also
 * when run concurrently. Waits for Kafka.
 *
 * @returns all differences that were found, those that stay included
 * @throws TactusError `TACTUS_TOPIC_MISMATCH` when Kafka rejects a declaration
 */
export async function applyTopics(context: CommandContext): Promise<TopicChange[]> {
  return await asked(context, async (admin) => {
    const changes = await plan(admin, context);
    await create(
      admin,
      changes.filter((change) => change.kind === 'create'),
      context,
    );
    for (const change of changes) if (change.kind === 'config') await setConfig(admin, change);
    await untilVisible(context, async () =>
      (await plan(admin, context)).every(({ kind }) => kind === 'impossible' || kind === 'partitions'),
    );
    return changes;
  });
}

function asked<T>(context: CommandContext, work: (admin: Admin) => Promise<T>): Promise<T> {
  return withAdmin(context, 'asking Kafka about topics', work, declarationError);
}

/** Topics, with prefix, that a worker reads, writes or asks about. */
function ownTopics(worker: string, { config }: CommandContext): string[] {
  const own = aclsOf(worker).filter(({ resource }) => resource === 'topic');
  return [...new Set(own.map(({ name }) => config.kafka.topicPrefix + name))];
}

async function plan(admin: Admin, context: CommandContext): Promise<TopicChange[]> {
  const declared = declaredTopics(context);
  const actual = await actualTopics(admin, [...declared.keys()]);
  return compareTopics(declared, context.config.kafka.partitions, actual);
}

/** By name with prefix, with what the configuration says of all of them. */
function declaredTopics({ config }: CommandContext): Map<string, TopicDeclaration> {
  const { topicPrefix, minInsyncReplicas } = config.kafka;
  const ofCluster = minInsyncReplicas < 0 ? {} : { 'min.insync.replicas': `${minInsyncReplicas}` };
  const declared = new Map<string, TopicDeclaration>();
  for (const topic of loadTopics().values())
    declared.set(topicPrefix + topic.name, { ...topic, config: { ...topic.config, ...ofCluster } });
  return declared;
}

async function actualTopics(admin: Admin, names: readonly string[]): Promise<Map<string, ActualTopic>> {
  // Requesting the metadata of a missing topic may create it.
  const existing = new Set(await admin.listTopics());
  const present = names.filter((name) => existing.has(name));
  const actual = new Map<string, ActualTopic>();
  if (present.length === 0) return actual;
  const [metadata, configs] = await Promise.all([
    admin.fetchTopicMetadata({ topics: present }),
    admin.describeConfigs({
      includeSynonyms: false,
      resources: present.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
    }),
  ]);
  for (const { name, partitions } of metadata.topics) {
    const entries = configs.resources.find((resource) => resource.resourceName === name)?.configEntries ?? [];
    actual.set(name, {
      partitions: partitions.length,
      config: new Map(entries.map((entry) => [entry.configName, entry.configValue])),
      overrides: new Map(
        entries
          .filter((entry) => (entry.configSource as number) === SET_ON_TOPIC)
          .map((entry) => [entry.configName, entry.configValue]),
      ),
    });
  }
  return actual;
}

async function create(
  admin: Admin,
  changes: readonly Extract<TopicChange, { kind: 'create' }>[],
  { config, stopping }: CommandContext,
): Promise<void> {
  if (changes.length === 0) return;
  // False, when they already exist, is fine: another process created them.
  await admin.createTopics({
    waitForLeaders: false,
    topics: changes.map(({ topic, declared, partitions }) => ({
      topic,
      numPartitions: partitions,
      replicationFactor: config.kafka.replicationFactor,
      configEntries: Object.entries(declared.config).map(([name, value]) => ({ name, value })),
    })),
  });
  const names = changes.map((change) => change.topic);
  await untilVisible({ stopping }, async () => {
    const visible = new Set(await admin.listTopics());
    return names.every((name) => visible.has(name));
  });
}

/** Brokers learn of a change a moment after the controller. */
async function untilVisible(
  { stopping }: Pick<CommandContext, 'stopping'>,
  isVisible: () => Promise<boolean>,
): Promise<void> {
  for (let tries = 0; tries < VISIBLE_TRIES; tries++) {
    if (await isVisible()) return;
    await sleep(VISIBLE_PAUSE_MS, stopping);
  }
  throw new TactusError('TACTUS_KAFKA_UNAVAILABLE', 'topic changes are not visible yet');
}

/** AlterConfigs replaces the whole configuration of a topic, so the other overrides are sent too. */
async function setConfig(admin: Admin, change: Extract<TopicChange, { kind: 'config' }>): Promise<void> {
  const entries = new Map([...change.overrides, ...Object.entries(change.declared.config)]);
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: change.topic,
        configEntries: [...entries].map(([name, value]) => ({ name, value })),
      },
    ],
  });
}

/** The error for a declaration that Kafka rejects; null for any other error. */
function declarationError(error: unknown): TactusError | null {
  const errors = (error as Partial<KafkaJSAggregateError>).errors ?? [error];
  for (const each of errors) {
    const { type, topic } = each as { type?: string; topic?: string };
    if (type !== undefined && BAD_DECLARATION.has(type))
      return new TactusError(
        'TACTUS_TOPIC_MISMATCH',
        `Kafka rejects the declaration${topic === undefined ? '' : ` of ${topic}`}: ${messageOf(each)}`,
        { cause: error },
      );
  }
  return null;
}
