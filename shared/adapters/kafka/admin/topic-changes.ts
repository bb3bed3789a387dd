import type { TopicDeclaration } from '../../../catalog/topics.js';

/** A topic in the cluster. */
export interface ActualTopic {
  readonly partitions: number;
  /** Effective configuration, inherited values included. */
  readonly config: ReadonlyMap<string, string>;
  /** What is set on the topic itself. */
  readonly overrides: ReadonlyMap<string, string>;
}

/** A difference between the cluster and a declaration. `topic` carries the prefix. */
export type TopicChange =
  | { readonly kind: 'create'; readonly topic: string; readonly declared: TopicDeclaration }
  | {
      readonly kind: 'partitions';
      readonly topic: string;
      readonly actual: number;
      readonly declared: number;
    }
  | {
      readonly kind: 'config';
      readonly topic: string;
      readonly declared: TopicDeclaration;
      readonly differences: ReadonlyArray<{ key: string; actual: string; declared: string }>;
      readonly overrides: ReadonlyMap<string, string>;
    }
  /** Kafka cannot remove partitions. */
  | {
      readonly kind: 'impossible';
      readonly topic: string;
      readonly actual: number;
      readonly declared: number;
    };

/** The changes that turn the cluster's topics into the declared ones; both by name with prefix. */
export function compareTopics(
  declared: ReadonlyMap<string, TopicDeclaration>,
  actual: ReadonlyMap<string, ActualTopic>,
): TopicChange[] {
  const changes: TopicChange[] = [];
  for (const [topic, wanted] of declared) {
    const found = actual.get(topic);
    if (found === undefined) {
      changes.push({ kind: 'create', topic, declared: wanted });
      continue;
    }
    if (found.partitions !== wanted.partitions)
      changes.push({
        kind: found.partitions < wanted.partitions ? 'partitions' : 'impossible',
        topic,
        actual: found.partitions,
        declared: wanted.partitions,
      });
    const differences = Object.entries(wanted.config)
      .map(([key, value]) => ({ key, actual: found.config.get(key) ?? '', declared: value }))
      .filter((difference) => normal(difference.actual) !== normal(difference.declared));
    if (differences.length > 0)
      changes.push({ kind: 'config', topic, declared: wanted, differences, overrides: found.overrides });
  }
  return changes;
}

/** One line of text. */
export function describeChange(change: TopicChange): string {
  switch (change.kind) {
    case 'create':
      return `+ ${change.topic}: missing, to be created with ${change.declared.partitions} partition(s), ${change.declared.config['cleanup.policy']}`;
    case 'partitions':
      return `~ ${change.topic}: partitions ${change.actual} -> ${change.declared}; keys will move to other partitions, so drain its readers first`;
    case 'config':
      return change.differences
        .map(({ key, actual, declared }) => `~ ${change.topic}: ${key} ${actual} -> ${declared}`)
        .join('\n');
    case 'impossible':
      return `! ${change.topic}: has ${change.actual} partitions, declared are ${change.declared}; Kafka cannot remove partitions: declare ${change.actual}, or recreate the topic`;
  }
}

/** Kafka returns lists in the order in which they were set. */
function normal(value: string): string {
  return value
    .split(',')
    .map((part) => part.trim())
    .sort()
    .join(',');
}
