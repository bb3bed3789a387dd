import { Sparkline } from '../../charts/sparkline.js';
import { IconButton } from '../../parts/button.js';
import { Partial } from '../../parts/states.js';
import { Table } from '../../parts/table.js';
import { Dot, Tag } from '../../parts/tag.js';
import { count, figure } from '../../time/format.js';
import {
  type FlowNode,
  HEALTHS,
  lagOf,
  type Pipeline,
  secondsText,
  type Topic,
  type Worker,
} from './flow.js';
import { type GroupPartition, partitionsOf } from './places.js';
import { courseOf } from './samples.js';

interface NodeDetailsProps {
  readonly pipeline: Pipeline;
  readonly known: readonly Pipeline[];
  readonly node: FlowNode;
  readonly onClose: () => void;
}

/** What is known of one node. */
export function NodeDetails({ pipeline, known, node, onClose }: NodeDetailsProps) {
  const { kind, name } = node;
  const worker = kind === 'worker' ? pipeline.workers.find((one) => one.worker === name) : undefined;
  const topic = kind === 'topic' ? pipeline.topics.find((one) => one.topic === name) : undefined;
  return (
    <section class="flow-details" aria-label={`Details of ${name}`}>
      <header class="bar">
        <h3>{name}</h3>
        <Tag>{kind}</Tag>
        <span class="grow" />
        <IconButton isSmall icon="close" label="Close the details" onClick={onClose} />
      </header>
      {worker !== undefined && <WorkerDetails {...{ worker, known }} />}
      {topic !== undefined && <TopicDetails {...{ topic, pipeline }} />}
    </section>
  );
}

const MOST = 200;

function WorkerDetails({ worker, known }: { readonly worker: Worker; readonly known: readonly Pipeline[] }) {
  const { groups, reads, writes } = worker;
  const partitions = partitionsOf(worker);
  return (
    <>
      <ul class="flow-groups">
        {groups.map(({ group, state, members, health, lagRecords, lagSeconds }) => (
          <li key={group} class="bar">
            <Dot tone={HEALTHS[health].tone} />
            <strong>{group}</strong>
            <span>
              {HEALTHS[health].text}
              {state !== 'absent' && `: ${members} ${members === 1 ? 'member' : 'members'}`}
            </span>
            {lagRecords !== null && (
              <span class="card-note">
                lag {count(lagRecords)} records, {secondsText(lagSeconds)}
              </span>
            )}
          </li>
        ))}
      </ul>
      {groups.length === 0 && (
        <p class="card-note">
          It has no group of consumers, so Kafka does not know how far it is.
          {reads.length > 0 && ` It reads ${reads.join(', ')}.`}
          {writes.length > 0 && ` It writes ${writes.join(', ')}.`}
        </p>
      )}
      {groups.length > 0 && known.length > 2 && (
        <div class="flow-lag">
          <span class="card-note">Lag in seconds</span>
          <Sparkline
            name={`Lag of ${worker.worker} in seconds over the last minutes`}
            points={courseOf(known, (sample) => {
              const then = sample.workers.find((one) => one.worker === worker.worker);
              return then === undefined ? null : lagOf(then).seconds;
            })}
          />
        </div>
      )}
      {partitions.length > MOST && (
        <Partial>
          The {MOST} partitions that are farthest behind, of {count(partitions.length)}.
        </Partial>
      )}
      {partitions.length > 0 && (
        <Table
          name={`Partitions that ${worker.worker} reads`}
          rows={partitions.slice(0, MOST)}
          keyOf={({ group, topic, partition }) => `${group} ${topic} ${partition}`}
          columns={[
            ...(groups.length > 1
              ? [
                  {
                    name: 'Group',
                    cell: ({ group }: GroupPartition) => group,
                    by: ({ group }: GroupPartition) => group,
                  },
                ]
              : []),
            { name: 'Topic', cell: ({ topic }) => topic, by: ({ topic }) => topic },
            {
              name: 'Partition',
              cell: ({ partition }) => partition,
              by: ({ partition }) => partition,
              isNumber: true,
            },
            {
              name: 'Committed',
              cell: ({ next }) => (next === null ? <em>nothing committed</em> : count(next)),
              by: ({ next }) => next,
              isNumber: true,
            },
            { name: 'End', cell: ({ end }) => count(end), by: ({ end }) => end, isNumber: true },
            {
              name: 'Lag, records',
              cell: ({ lagRecords }) => count(lagRecords),
              by: ({ lagRecords }) => lagRecords,
              isNumber: true,
            },
            {
              name: 'Lag, seconds',
              cell: ({ lagSeconds }) => secondsText(lagSeconds),
              by: ({ lagSeconds }) => lagSeconds,
              isNumber: true,
            },
          ]}
        />
      )}
    </>
  );
}

function TopicDetails({ topic, pipeline }: { readonly topic: Topic; readonly pipeline: Pipeline }) {
  const { partitions, writtenPerSecond, writtenBy, readBy } = topic;
  const readers = pipeline.workers.flatMap(({ groups }) =>
    groups.flatMap(({ group, inputs }) =>
      inputs
        .filter((input) => input.topic === topic.topic)
        .map(({ lagRecords, lagSeconds }) => ({ group, lagRecords, lagSeconds })),
    ),
  );
  return (
    <dl class="facts">
      <dt>Partitions</dt>
      <dd>{partitions}</dd>
      <dt>Written</dt>
      <dd>{writtenPerSecond === null ? 'not known yet' : `${figure(writtenPerSecond)} records/s`}</dd>
      <dt>Written by</dt>
      <dd>{writtenBy.join(', ') || 'nobody'}</dd>
      <dt>Read by</dt>
      <dd>{readBy.join(', ') || 'nobody'}</dd>
      {readers.map(({ group, lagRecords, lagSeconds }) => (
        <>
          <dt>{group}</dt>
          <dd>
            {lagRecords === null
              ? 'has committed nothing that is known'
              : `${count(lagRecords)} records to read, ${secondsText(lagSeconds)}`}
          </dd>
        </>
      ))}
    </dl>
  );
}
