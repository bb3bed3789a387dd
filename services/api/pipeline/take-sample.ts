import type { FlowOffsets, FlowPlace } from '../../../shared/adapters/kafka/admin/flow-offsets.js';
import { splitMark } from '../../../shared/adapters/kafka/produce/commit-mark.js';
import type { GroupDescription } from '../../../shared/adapters/kafka/protocol/describe-group.js';
import type { CommittedOffset } from '../../../shared/adapters/kafka/protocol/offset-fetch.js';
import { PIPELINE_TOPICS, type PipelineWorker } from '../../../shared/catalog/pipeline.js';
import { nextOf } from '../../../shared/core/checkpoint-metadata.js';
import type { Millis } from '../../../shared/core/clock.js';
import { partitionKey } from '../../../shared/core/partition-key.js';
import type { TopicName } from '../../../topics/names.js';
import { appendTimes, type WantedRecord } from './append-times.js';
import type { GroupPlace, GroupSample, PipelineSample } from './sample.js';
import { timeOfCommit } from './stream-times.js';

/** Its commits have the stream times of `metrics`. */
const WINDOWING = 'windowing';

interface Asked {
  readonly group: string;
  readonly description: GroupDescription;
  readonly committed: ReadonlyMap<string, CommittedOffset>;
  /** That it may read. */
  readonly places: readonly FlowPlace[];
}

export interface TakeSampleOptions {
  readonly offsets: FlowOffsets;
  /** Of topics and groups. */
  readonly prefix: string;
  readonly workers: readonly PipelineWorker[];
  readonly now: () => Millis;
}

/**
 * Looks at the pipeline once: commits of groups first, then the ends of the logs, so that no lag is less than it was.
 *
 * @param before the sample before this one: what is known of it need not be searched for again
 */
export async function takeSample(
  { offsets, prefix, workers, now }: TakeSampleOptions,
  before: PipelineSample | null,
): Promise<PipelineSample> {
  const places = await offsets.places(PIPELINE_TOPICS.map((topic) => prefix + topic));
  const asked = await Promise.all(
    workers.flatMap(({ groups, reads }) => {
      const topics = new Set(reads.map((topic) => prefix + topic));
      const own = places.filter(({ topic }) => topics.has(topic));
      return groups.map((group) => askGroup(offsets, prefix, group, own));
    }),
  );
  const ends = await offsets.ends(places);
  const at = now();
  const read = asked.map((one) => ({ ...one, places: placesOf(one) }));
  const uncommitted = read.flatMap((one) =>
    one.places.filter((place) => !one.committed.has(partitionKey(place))),
  );
  const starts = await offsets.starts([
    ...new Map(uncommitted.map((place) => [partitionKey(place), place])).values(),
  ]);
  const groups = await Promise.all(
    read.map(async ({ group, description, committed, places: own }): Promise<GroupSample> => {
      const found = own.map((place) => {
        const commit = committed.get(partitionKey(place));
        return {
          ...place,
          next: commit === undefined ? null : nextOf({ ...commit, metadata: splitMark(commit.metadata).own }),
          start: commit === undefined ? (starts.get(partitionKey(place)) ?? null) : null,
        };
      });
      const old = before?.groups.find((one) => one.group === group)?.places ?? [];
      const waiting = found.flatMap((place) =>
        wantedOf(place, ends.get(partitionKey(place)) ?? 0, old, prefix),
      );
      const since = await appendTimes(waiting, at, (records) => offsets.recordsAt(records));
      return {
        ...{ group, state: description.state, members: description.members.length },
        places: found.map((place) => ({
          ...place,
          topic: place.topic.slice(prefix.length) as TopicName,
          waitsSince: since.get(partitionKey(place)) ?? null,
        })),
      };
    }),
  );
  return { at, ends: byTopic(ends, places, prefix), groups, times: timesOf(asked, ends, prefix) };
}

async function askGroup(
  offsets: FlowOffsets,
  prefix: string,
  group: string,
  places: readonly FlowPlace[],
): Promise<Asked> {
  const [description, committed] = await Promise.all([
    offsets.group(prefix + group),
    offsets.committed(prefix + group, places),
  ]);
  return { group, description, committed, places };
}

/** Of topics that it reads: where no member says so and nothing is committed, it does not. */
function placesOf({ description, committed, places }: Asked): FlowPlace[] {
  const topics = new Set(description.members.flatMap((member) => member.topics));
  for (const { topic } of committed.values()) topics.add(topic);
  return places.filter(({ topic }) => topics.has(topic));
}

/** The oldest record that is still to be read, if there is one. */
function wantedOf(
  { topic, partition, next, start }: FlowPlace & Pick<GroupPlace, 'next' | 'start'>,
  end: number,
  old: readonly GroupPlace[],
  prefix: string,
): WantedRecord[] {
  const offset = next ?? start ?? end;
  if (offset >= end) return [];
  const known = old.find((one) => prefix + one.topic === topic && one.partition === partition);
  const hasGoneOn = known !== undefined && (known.next ?? known.start ?? Number.POSITIVE_INFINITY) <= offset;
  return [{ topic, partition, offset, notBefore: hasGoneOn ? known.waitsSince : null }];
}

function byTopic(
  ends: ReadonlyMap<string, number>,
  places: readonly FlowPlace[],
  prefix: string,
): ReadonlyMap<TopicName, readonly number[]> {
  const known = Map.groupBy(places, ({ topic }) => topic);
  return new Map(
    PIPELINE_TOPICS.map((topic) => [
      topic,
      (known.get(prefix + topic) ?? []).map((place) => ends.get(partitionKey(place)) ?? 0),
    ]),
  );
}

function timesOf(asked: readonly Asked[], ends: ReadonlyMap<string, number>, prefix: string) {
  const windowing = asked.find(({ group }) => group === WINDOWING);
  return [...(windowing?.committed.values() ?? [])]
    .filter(({ topic }) => topic === `${prefix}metrics`)
    .map((commit) => timeOfCommit(commit, ends.get(partitionKey(commit)) ?? 0))
    .sort((a, b) => a.partition - b.partition);
}
