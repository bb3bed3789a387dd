import { CONFIGURED, type TopicDeclaration } from '../../../catalog/topics.js';

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
  | {
      readonly kind: 'create';
      readonly topic: string;
      readonly declared: TopicDeclaration;
      readonly partitions: number;
    }
  /** A note: the topic keeps its partitions, since keys would move. */
  | {
      readonly kind: 'partitions';
      readonly topic: string;
      readonly actual: number;
      readonly configured: number;
    }
  | {
      readonly kind: 'config';
      readonly topic: string;
      readonly declared: TopicDeclaration;
      readonly differences: ReadonlyArray<{ key: string; actual: string; declared: string }>;
      readonly overrides: ReadonlyMap<string, string>;
    }
  /** All of such a topic must be in as many partitions as are declared, and Kafka cannot remove any. */
  | {
      readonly kind: 'impossible';
      readonly topic: string;
      readonly actual: number;
      readonly declared: number;
    };

/** True for a difference that stays, and is none of configuration. */
export function isNote({ kind }: TopicChange): boolean {
  return kind === 'partitions';
}

/**
 * The changes that turn the cluster's topics into the declared ones; both by name with prefix.
 *
 * @param configured partitions of new topics that declare no number of their own
 */
export function compareTopics(
  declared: ReadonlyMap<string, TopicDeclaration>,
  configured: number,
  actual: ReadonlyMap<string, ActualTopic>,
): TopicChange[] {
  const changes: TopicChange[] = [];
  for (const [topic, wanted] of declared) {
    const found = actual.get(topic);
    if (found === undefined) {
      const partitions = wanted.partitions === CONFIGURED ? configured : wanted.partitions;
      changes.push({ kind: 'create', topic, declared: wanted, partitions });
      continue;
    }
    const { partitions } = found;
    if (wanted.partitions === CONFIGURED) {
      if (partitions !== configured)
        changes.push({ kind: 'partitions', topic, actual: partitions, configured });
    } else if (partitions !== wanted.partitions)
      changes.push({ kind: 'impossible', topic, actual: partitions, declared: wanted.partitions });
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
      return `+ ${change.topic}: missing, to be created with ${change.partitions} partition(s), ${change.declared.config['cleanup.policy']}`;
    case 'partitions':
      return `= ${change.topic}: keeps its ${change.actual} partition(s); new topics get ${change.configured} (${CONFIGURED})`;
    case 'config':
      return change.differences
        .map(({ key, actual, declared }) => `~ ${change.topic}: ${key} ${actual} -> ${declared}`)
        .join('\n');
    case 'impossible':
      return `! ${change.topic}: has ${change.actual} partitions, must have ${change.declared}; Kafka cannot remove partitions: recreate the topic`;
  }
}

/** How to give topics more partitions, in one line; null where none has fewer than new ones get. */
export function howToGrow(changes: readonly TopicChange[]): string | null {
  const isSmall = changes.some((change) => change.kind === 'partitions' && change.actual < change.configured);
  return isSmall
    ? 'existing topics are never grown, since keys would move to other partitions; to grow them: stop senders, wait until workers have no lag and no open windows, stop them, use kafka-topics.sh --alter, start again (steps in topics/README.md)'
    : null;
}

/** Kafka returns lists in the order in which they were set. */
function normal(value: string): string {
  return value
    .split(',')
    .map((part) => part.trim())
    .sort()
    .join(',');
}
