/** A member of a group as the assignment sees it. */
export interface StickyMember {
  readonly memberId: string;
  readonly topics: readonly string[];
  /** The generation that `owned` is of; of two claims to a partition the later one counts. */
  readonly generation: number;
  /** What it has now, by topic. */
  readonly owned: Readonly<Record<string, readonly number[]>>;
}

/** Partitions by member and topic. */
export type StickyAssignment = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;

/**
 * Gives each partition to one member, so that of each topic no member has two more than another, and only those
 * partitions move that have to. The same input gives the same result.
 *
 * @param topics partitions by topic
 */
export function stickyAssignment(
  members: readonly StickyMember[],
  topics: ReadonlyMap<string, readonly number[]>,
): StickyAssignment {
  const assigned = new Map<string, Map<string, number[]>>();
  const sorted = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  for (const { memberId } of sorted) assigned.set(memberId, new Map());
  const totals = new Map(sorted.map(({ memberId }) => [memberId, 0]));
  for (const topic of [...topics.keys()].sort()) {
    const subscribed = sorted.filter((member) => member.topics.includes(topic));
    if (subscribed.length === 0) continue;
    for (const [memberId, partitions] of assignTopic(subscribed, topic, topics.get(topic) ?? [], totals)) {
      if (partitions.length > 0) assigned.get(memberId)?.set(topic, partitions);
      totals.set(memberId, (totals.get(memberId) ?? 0) + partitions.length);
    }
  }
  return assigned;
}

/** @param totals partitions of other topics by member: who has fewer gets the odd ones */
function assignTopic(
  members: readonly StickyMember[],
  topic: string,
  partitions: readonly number[],
  totals: ReadonlyMap<string, number>,
): Map<string, number[]> {
  const kept = keep(members, topic, partitions);
  const least = Math.floor(partitions.length / members.length);
  const odd = partitions.length % members.length;
  const total = ({ memberId }: StickyMember) => totals.get(memberId) ?? 0;
  const has = ({ memberId }: StickyMember) => kept.get(memberId)?.length ?? 0;
  // One more than `least` is for those who have it already, then for those with little of other topics.
  const wanting = [...members].sort(
    (a, b) => Number(has(b) > least) - Number(has(a) > least) || total(a) - total(b),
  );
  const quota = new Map(wanting.map(({ memberId }, i) => [memberId, i < odd ? least + 1 : least]));
  for (const { memberId } of members) kept.get(memberId)?.splice(quota.get(memberId) ?? 0);
  const taken = new Set([...kept.values()].flat());
  const free = partitions.filter((partition) => !taken.has(partition)).sort((a, b) => a - b);
  for (const { memberId } of members) {
    const own = kept.get(memberId) as number[];
    own.push(...free.splice(0, (quota.get(memberId) ?? 0) - own.length));
    own.sort((a, b) => a - b);
  }
  return kept;
}

/** What each member has and nobody has a better claim to, in order. */
function keep(
  members: readonly StickyMember[],
  topic: string,
  partitions: readonly number[],
): Map<string, number[]> {
  const existing = new Set(partitions);
  const owners = new Map<number, StickyMember>();
  for (const member of members)
    for (const partition of member.owned[topic] ?? []) {
      const other = owners.get(partition);
      if (!existing.has(partition) || (other !== undefined && other.generation >= member.generation))
        continue;
      owners.set(partition, member);
    }
  const kept = new Map<string, number[]>(members.map(({ memberId }) => [memberId, []]));
  for (const [partition, { memberId }] of owners) kept.get(memberId)?.push(partition);
  for (const own of kept.values()) own.sort((a, b) => a - b);
  return kept;
}
