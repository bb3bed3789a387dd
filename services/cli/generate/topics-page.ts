import { loadSchemas } from '../../../shared/catalog/schemas.js';
import { CONFIGURED, INTERNAL, loadTopics } from '../../../shared/catalog/topics.js';
import { code, page, table } from './markdown.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

const GROWING = `## More partitions

\`TACTUS_PARTITIONS\` counts when a topic is made. One that exists keeps its partitions: with more of them, keys would move to other partitions,
and what workers know of a key stays where it was. \`tactus topics plan\` notes the difference. A changelog (\`state.*\`) has at least as many
partitions as the topic that its worker reads; a worker that finds fewer ends with exit code 78 and says so. To give an installation more:

1. Stop what writes to \`ingest.*\`, and wait for the de-duplication window (\`TACTUS_DEDUP_WINDOW_MS\`): a record that is sent again may come
   in another partition.
2. Wait until \`tactus_consumer_lag_records\` and \`tactus_open_aggregates\` are 0 everywhere: all windows are closed then. Stop the workers.
3. Give each topic that \`tactus topics plan\` notes its partitions, except \`alerts\`, where the last state of an alert must stay with its key:
   \`kafka-topics.sh --bootstrap-server ... --alter --topic ... --partitions ...\`
4. Set \`TACTUS_PARTITIONS\` to the same number, and start the workers, then the senders.

No window comes twice. Detectors learn the series that have moved anew, and may report them as silent once; an alert of such a series resolves when its data is stale,
and starts anew.`;

/** All topics, as `topics/*.yaml` declare them. */
export function topicsPage(): string {
  const schemas = loadSchemas();
  const rows = [...loadTopics().values()].map((topic) => {
    const { name, description, key, value, config, partitions, writtenBy, readBy } = topic;
    return [
      `[${code(name)}](${name}.yaml)`,
      description,
      key,
      value === INTERNAL ? INTERNAL : `[${value}](../schemas/${schemas.get(value)?.file}.avsc)`,
      partitions === CONFIGURED ? code(CONFIGURED) : String(partitions),
      kept(Number(config['retention.ms'])),
      String(config['cleanup.policy']),
      writtenBy.join(', '),
      readBy.join(', '),
    ];
  });
  const head = ['topic', 'holds', 'key', 'value', 'partitions', 'kept', 'cleanup', 'written by', 'read by'];
  return page(
    'Topics',
    `Each has \`TOPIC_PREFIX\` in front of its name. Values are Avro in Confluent's wire format, their subject is \`<topic>-value\`, and versions are
compatible BACKWARD; times are milliseconds since the epoch, UTC. Read with \`isolation.level=read_committed\`: ingest, windowing, anomaly and
alerting write in transactions. A topic that is new takes its name in [names.ts](names.ts) and a file here;
\`tactus topics apply\` creates it.`,
    [table(head, rows), GROWING],
  );
}

function kept(ms: number): string {
  if (ms === -1) return 'forever';
  return ms % DAY_MS === 0 ? `${ms / DAY_MS} d` : `${ms / HOUR_MS} h`;
}
