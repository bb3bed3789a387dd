import { loadSchemas } from '../../../shared/catalog/schemas.js';
import { INTERNAL, loadTopics } from '../../../shared/catalog/topics.js';
import { code, page, table } from './markdown.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

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
      String(partitions),
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
    [table(head, rows)],
  );
}

function kept(ms: number): string {
  if (ms === -1) return 'forever';
  return ms % DAY_MS === 0 ? `${ms / DAY_MS} d` : `${ms / HOUR_MS} h`;
}
