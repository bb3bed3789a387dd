import { describeGroup, isRebalancing } from '../protocol/describe-group.js';
import type { Brokers } from './brokers.js';

const ASK_MS = 5_000;

/** Whether a transactional id is that of a member of the group; null where that is not known. */
export type IsMember = (transactionalId: string) => boolean | null;

/**
 * Whose transactions the members of a group are at. A member of a build before does not say its id: then only those
 * are known that do. While the group assigns partitions anew nothing is.
 */
export async function membersOf(brokers: Pick<Brokers, 'ask'>, groupId: string): Promise<IsMember> {
  const request = describeGroup(groupId);
  const group = await brokers.ask({ of: 'group', id: groupId }, request, performance.now() + ASK_MS);
  if (isRebalancing(group)) return () => null;
  const ids = group.members.map(({ transactionalId }) => transactionalId);
  // One that was fenced again and again has added to its id.
  const is = (id: string) => ids.some((one) => one !== undefined && (id === one || id.startsWith(`${one}-`)));
  const all = !ids.includes(undefined);
  return (id) => is(id) || (all ? false : null);
}
