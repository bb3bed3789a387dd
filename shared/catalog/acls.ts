import type { TopicName } from '../../topics/names.js';
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
  /** Consumer groups that the worker is a member of. */
  readonly groups: readonly string[];
  /** What its transactional ids begin with: those of the builds before too, which it ends. */
  readonly transactions?: string;
  /** Groups, and topics that it neither reads nor writes, whose offsets it asks for. */
  readonly asksFor?: { readonly groups: readonly string[]; readonly topics: readonly TopicName[] };
}

/** What workers need besides the topics that they read and write by their declarations. */
const MEMBERSHIPS: Readonly<Record<string, Membership>> = {
  gateway: { groups: [] },
  ingest: { groups: ['ingest'], transactions: 'ingest' },
  windowing: { groups: ['windowing'], transactions: 'windowing' },
  sink: { groups: ['sink-timescale', 'sink-redis', 'sink-webhook', 'sink-parquet'] },
  batch: {
    groups: [],
    asksFor: { groups: ['windowing', 'sink-timescale'], topics: ['metrics', 'windows', 'late'] },
  },
  anomaly: { groups: ['anomaly'], transactions: 'anomaly' },
  alerting: { groups: ['alerting', 'alerting-notifier'], transactions: 'alerting' },
  // Replays of dead letters are a transaction each.
  api: { groups: [], transactions: 'dlq-replay' },
  collector: { groups: [] },
};

/** The workers that {@link aclsOf} knows. */
export const WORKERS_WITH_ACLS: readonly string[] = Object.keys(MEMBERSHIPS);

/** All that a worker needs of Kafka, and nothing more, once `tactus topics apply` has created the topics. */
export function aclsOf(worker: string): Acl[] {
  const { groups = [], transactions, asksFor } = MEMBERSHIPS[worker] ?? {};
  const topics = [...loadTopics().values()];
  const allow = (
    resource: Acl['resource'],
    names: readonly string[],
    operation: Acl['operation'],
    pattern: Acl['pattern'] = 'literal',
  ) => names.map((name): Acl => ({ resource, name, pattern, operation }));
  const namesOf = (users: 'readBy' | 'writtenBy') =>
    topics.filter((topic) => topic[users].includes(worker)).map(({ name }) => name);
  return [
    ...allow('topic', namesOf('readBy'), 'read'),
    ...allow('topic', namesOf('writtenBy'), 'write'),
    ...allow('topic', asksFor?.topics ?? [], 'describe'),
    ...allow('group', groups, 'read'),
    ...allow('group', asksFor?.groups ?? [], 'describe'),
    ...allow('transactional-id', transactions === undefined ? [] : [transactions], 'write', 'prefixed'),
  ];
}
