import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type StickyAssignment,
  type StickyMember,
  stickyAssignment,
} from '../../../../../shared/adapters/kafka/consume/sticky-assignment.js';

const TOPICS = ['a', 'b', 'c'];
const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const topics = fc
  .array(fc.nat(20), { minLength: 1, maxLength: TOPICS.length })
  .map((counts) => new Map(counts.map((count, i) => [TOPICS[i] as string, range(count)])));
/** Claims of any kind: to partitions that are gone, or of which somebody else says that he has them. */
const member = (memberId: string): fc.Arbitrary<StickyMember> =>
  fc.record({
    memberId: fc.constant(memberId),
    topics: fc.constant(TOPICS),
    generation: fc.integer({ min: -1, max: 3 }),
    owned: fc.dictionary(fc.constantFrom(...TOPICS), fc.uniqueArray(fc.nat(25))),
  });
const members = fc
  .integer({ min: 1, max: 6 })
  .chain((count) => fc.tuple(...range(count).map((i) => member(`member-${i}`))));

const fresh = (count: number): StickyMember[] =>
  range(count).map((i) => ({ memberId: `member-${i}`, topics: TOPICS, generation: -1, owned: {} }));
/** The members as they report after an assignment. */
const after = (assignment: StickyAssignment): StickyMember[] =>
  [...assignment].map(([memberId, owned]) => ({
    ...{ memberId, topics: TOPICS, generation: 4, owned: Object.fromEntries(owned) },
  }));
const ownersOf = (assignment: StickyAssignment) => {
  const owners = new Map<string, string>();
  for (const [memberId, byTopic] of assignment)
    for (const [topic, partitions] of byTopic)
      for (const partition of partitions) {
        assert.ok(!owners.has(`${topic}${partition}`), `${topic}[${partition}] is assigned twice`);
        owners.set(`${topic}${partition}`, memberId);
      }
  return owners;
};
const moved = (from: StickyAssignment, to: StickyAssignment) => {
  const now = ownersOf(to);
  return [...ownersOf(from)].filter(([key, owner]) => now.get(key) !== owner).map(([, owner]) => owner);
};

describe('the sticky assignment', () => {
  it('assigns each partition once, evenly, in the same way whoever leads the group', () => {
    fc.assert(
      fc.property(members, topics, fc.infiniteStream(fc.nat()), (group, partitions, order) => {
        const assignment = stickyAssignment(group, partitions);
        const owners = ownersOf(assignment);
        assert.equal(owners.size, [...partitions.values()].flat().length);
        for (const [topic, all] of partitions) {
          const counts = group.map(({ memberId }) => assignment.get(memberId)?.get(topic)?.length ?? 0);
          assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${topic}: ${counts}`);
          assert.equal(
            counts.reduce((a, b) => a + b),
            all.length,
          );
        }
        const shuffled = group
          .map((each) => [order.next().value as number, each] as const)
          .sort(([a], [b]) => a - b)
          .map(([, each]) => each);
        assert.deepEqual(ownersOf(stickyAssignment(shuffled, partitions)), owners);
      }),
    );
  });

  it('moves nothing while nobody comes or goes', () => {
    fc.assert(
      fc.property(members, topics, (group, partitions) => {
        const first = stickyAssignment(group, partitions);
        assert.deepEqual(moved(first, stickyAssignment(after(first), partitions)), []);
      }),
    );
  });

  it('moves only what a member had that is gone, and only as much as a new member gets', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), topics, (count, partitions) => {
        const all = stickyAssignment(fresh(count), partitions);
        const rest = after(all).slice(1);
        const left = stickyAssignment(rest, partitions);
        assert.ok(moved(all, left).every((owner) => owner === 'member-0'));
        const joined = stickyAssignment([...after(left), ...fresh(1)], partitions);
        const given = [...(joined.get('member-0')?.values() ?? [])].flat().length;
        assert.equal(moved(left, joined).length, given);
      }),
    );
  });

  it('spreads the odd partitions of several topics', () => {
    const single = new Map(TOPICS.map((topic) => [topic, [0]]));
    const counts = [...stickyAssignment(fresh(3), single).values()].map((byTopic) => byTopic.size);
    assert.deepEqual(counts, [1, 1, 1]);
  });

  it('believes the later of two claims', () => {
    const [old, recent] = fresh(2) as [StickyMember, StickyMember];
    const assignment = stickyAssignment(
      [
        { ...old, generation: 5, owned: { a: [0, 1] } },
        { ...recent, generation: 6, owned: { a: [1] } },
      ],
      new Map([['a', [0, 1]]]),
    );
    assert.deepEqual(assignment.get('member-1')?.get('a'), [1]);
  });
});
