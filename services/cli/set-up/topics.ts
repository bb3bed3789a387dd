import { describeChange } from '../../../shared/adapters/kafka/admin/topic-changes.js';
import {
  applyTopics as apply,
  planTopics as plan,
} from '../../../shared/adapters/kafka/admin/topics-admin.js';
import { TactusError } from '../../../shared/core/errors.js';
import { runCommand, say } from '../../../shared/process/command.js';

/**
 * `tactus topics apply`: makes the cluster's topics as declared under `topics/`; safe to repeat.
 *
 * @returns the exit code: 1 when a topic has more partitions than declared, which can't be undone
 */
export function applyTopics(): Promise<number> {
  return runCommand('topics apply', async (context) => {
    const changes = await apply(context);
    const impossible = changes.filter((change) => change.kind === 'impossible');
    for (const change of changes) if (change.kind !== 'impossible') say(describeChange(change));
    if (changes.length === 0) say('topics: as declared');
    else say(`topics: ${changes.length - impossible.length} difference(s) applied`);
    if (impossible.length > 0)
      throw new TactusError('TACTUS_TOPIC_MISMATCH', impossible.map(describeChange).join('\n'));
    return 0;
  });
}

/**
 * `tactus topics plan`: prints what `apply` would do and changes nothing.
 *
 * @returns the exit code: 0 when the cluster is as declared, 1 on a difference
 */
export function planTopics(): Promise<number> {
  return runCommand('topics plan', async (context) => {
    const changes = await plan(context);
    for (const change of changes) say(describeChange(change));
    say(changes.length === 0 ? 'topics: as declared' : `topics: ${changes.length} difference(s)`);
    return changes.length === 0 ? 0 : 1;
  });
}
