import type { TopicName } from '../../topics/names.js';
import { CONSUMER_GROUPS, PIPELINE_TOPICS } from './pipeline.js';
import { loadTopics } from './topics.js';

/** What a principal is allowed, in Kafka's terms. Read and Write on a resource include Describe. */
export interface Acl {
  readonly resource: 'topic' | 'group' | 'transactional-id';
  /** Without the prefix of topics, groups and transactional ids. */
  readonly name: string;
  readonly pattern: 'literal' | 'prefixed';
  readonly operation: 'read' | 'write' | 'describe';
}

interface Membership {
  /** What its transactional ids begin with: those of the builds before too, which it ends. */
  readonly transactions?: string;
  /** Groups and topics whose offsets it asks for. */
  readonly asksFor?: { readonly groups: readonly string[]; readonly topics: readonly TopicName[] };
}

/** What workers need besides their consumer groups, and the topics that they read and write by their declarations. */
const MEMBERSHIPS: Readonly<Record<string, Membership>> = {
  gateway: {},
  ingest: { transactions: 'ingest' },
  windowing: { transactions: 'windowing' },
  sink: {},
  batch: {
    asksFor: { groups: ['windowing', 'sink-timescale'], topics: ['metrics', 'windows', 'late'] },
  },
  anomaly: { transactions: 'anomaly' },
  alerting: { transactions: 'alerting' },
  api: {
    // Replays of dead letters are a transaction each.
    transactions: 'dlq-replay',
    // It shows how far the workers are.
    asksFor: { groups: Object.values(CONSUMER_GROUPS).flat(), topics: PIPELINE_TOPICS },
  },
  collector: {},
};

/** The workers that {@link aclsOf} knows. */
export const WORKERS_WITH_ACLS: readonly string[] = Object.keys(MEMBERSHIPS);

/** All that a worker needs of Kafka, and nothing more, once `tactus topics apply` has created the topics. */
export function aclsOf(worker: string): Acl[] {
  const { transactions, asksFor } = MEMBERSHIPS[worker] ?? {};
  const topics = [...loadTopics().values()];
  const allow = (
    resource: Acl['resource'],
    names: readonly string[],
    operation: Acl['operation'],
    pattern: Acl['pattern'] = 'literal',
  ) => names.map((name): Acl => ({ resource, name, pattern, operation }));
  const namesOf = (users: 'readBy' | 'writtenBy') =>
    topics.filter((topic) => topic[users].includes(worker)).map(({ name }) => name);
  const used = new Set<string>([...namesOf('readBy'), ...namesOf('writtenBy')]);
  return [
    ...allow('topic', namesOf('readBy'), 'read'),
    ...allow('topic', namesOf('writtenBy'), 'write'),
    ...allow('topic', asksFor?.topics.filter((topic) => !used.has(topic)) ?? [], 'describe'),
    ...allow('group', CONSUMER_GROUPS[worker] ?? [], 'read'),
    ...allow('group', asksFor?.groups ?? [], 'describe'),
    ...allow('transactional-id', transactions === undefined ? [] : [transactions], 'write', 'prefixed'),
  ];
}
