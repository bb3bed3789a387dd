import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TOPIC_NAMES, type TopicName } from '../../topics/names.js';
import { messageOf } from '../core/errors.js';
import { parseDuration } from '../files/duration.js';
import { counted, type FileKind } from '../files/file-kind.js';
import { InvalidFileError, type Mistake } from '../files/mistakes.js';
import { packageRoot } from '../files/package-root.js';
import { readText } from '../files/read-text.js';
import { listOf, mapOf, mapping, oneOf, text } from '../files/readers.js';
import type { Reader } from '../files/value.js';
import { readYaml } from '../files/yaml-file.js';

/** The value of topics that one worker writes and reads for itself. */
export const INTERNAL = 'internal';

/** In place of a number: as many partitions as the configuration says. */
export const CONFIGURED = 'TACTUS_PARTITIONS';

/** What `topics/<name>.yaml` declares. */
export interface TopicDeclaration {
  readonly name: TopicName;
  readonly description: string;
  /** Workers and commands, by the names that are typed, and others in words. */
  readonly writtenBy: readonly string[];
  readonly readBy: readonly string[];
  /** A number where it cannot be another: what must be in one partition. */
  readonly partitions: number | typeof CONFIGURED;
  /** What the key is made of, in words. */
  readonly key: string;
  /** Name of the value's schema, or {@link INTERNAL}. */
  readonly value: string;
  /** Kafka's configuration of the topic, as Kafka names it. */
  readonly config: Readonly<Record<string, string>>;
}

const KEYS = [
  ...['description', 'writtenBy', 'readBy', 'partitions', 'cleanup', 'retention', 'compression'],
  ...['key', 'value', 'config'],
];
const MOST_PARTITIONS = 1_000;
const COMPRESSIONS = ['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
/** What the file says in words of its own; `config` may not say it a second time. */
const SPELT_OUT = ['cleanup.policy', 'retention.ms', 'compression.type'];

/** Those of the package, which stay as they are while a process runs: a worker asks for them a dozen times as it starts. */
let own: ReadonlyMap<TopicName, TopicDeclaration> | undefined;

/**
 * What `topics/*.yaml` declares, one file for each topic of `topics/names.ts`; those of the package are read once.
 *
 * @throws InvalidFileError naming every mistake of every file
 */
export function loadTopics(folder?: string): ReadonlyMap<TopicName, TopicDeclaration> {
  if (folder !== undefined) return readTopics(folder);
  own ??= readTopics(join(packageRoot(), 'topics'));
  return own;
}

function readTopics(folder: string): ReadonlyMap<TopicName, TopicDeclaration> {
  const mistakes: Mistake[] = [];
  const wrong = (name: string, message: string) =>
    mistakes.push({ file: fileOf(name), line: null, column: null, key: '', message });
  const present = new Set(readdirSync(folder).filter((file) => file.endsWith('.yaml')));
  const topics = new Map<TopicName, TopicDeclaration>();
  for (const name of TOPIC_NAMES) {
    if (!present.delete(`${name}.yaml`)) {
      wrong(name, 'is missing');
      continue;
    }
    try {
      topics.set(name, parseTopic(name, readText(join(folder, `${name}.yaml`))));
    } catch (error) {
      if (error instanceof InvalidFileError) mistakes.push(...error.mistakes);
      else wrong(name, messageOf(error));
    }
  }
  for (const file of present) wrong(file.slice(0, -'.yaml'.length), 'Tactus knows no topic of this name');
  if (mistakes.length > 0) throw new InvalidFileError(mistakes);
  return topics;
}

/**
 * One declaration from the text of its file.
 *
 * @throws InvalidFileError naming every mistake with its place, value and what is allowed
 */
export function parseTopic(name: TopicName, yaml: string): TopicDeclaration {
  return { name, ...readYaml(yaml, fileOf(name), declaration) };
}

/** Declarations of topics, for `tactus check`. */
export const topicKind: FileKind = {
  name: 'topic',
  keys: KEYS,
  check: (yaml, file) => {
    const { partitions } = readYaml(yaml, file, declaration);
    return partitions === CONFIGURED ? `partitions as ${CONFIGURED}` : counted(partitions, 'partition');
  },
};

function fileOf(name: string): string {
  return `topics/${name}.yaml`;
}

const partitionCount: Reader<number | typeof CONFIGURED> = (value) => {
  const { scalar } = value;
  if (scalar === CONFIGURED) return CONFIGURED;
  const good = Number.isSafeInteger(scalar) && Number(scalar) >= 1 && Number(scalar) <= MOST_PARTITIONS;
  return good
    ? Number(scalar)
    : value.refuse(`${CONFIGURED}, or a whole number from 1 to ${MOST_PARTITIONS}`);
};

/** Kafka takes -1 for "never". */
const retention: Reader<number> = (value) => {
  const { scalar } = value;
  if (scalar === 'forever') return -1;
  const ms = typeof scalar === 'string' ? parseDuration(scalar) : null;
  return ms === null || ms === 0 ? value.refuse('a time such as 30m, 12h or 7d, or forever') : ms;
};

const setting: Reader<string> = (value) =>
  value.isAbsent || value.scalar === undefined
    ? value.refuse('text, number or boolean')
    : String(value.scalar);

const settings = mapOf(setting, {
  allowed: "a map of Kafka's topic configuration to text, number or boolean",
  name: (name) => (SPELT_OUT.includes(name) ? 'must be absent: it has a key of its own' : null),
});

const declaration = mapping<Omit<TopicDeclaration, 'name'>>(KEYS, (fields) => {
  const description = fields.required('description', text());
  const names = listOf(text(), { allowed: 'a list of workers and commands', least: 1 });
  const writtenBy = fields.required('writtenBy', names);
  const readBy = fields.required('readBy', names);
  const partitions = fields.required('partitions', partitionCount);
  const policies = listOf(oneOf(['delete', 'compact']), { allowed: 'a list of delete, compact', least: 1 });
  const cleanup = fields.required('cleanup', policies);
  const retentionMs = fields.required('retention', retention);
  const compression = fields.required('compression', oneOf(COMPRESSIONS));
  const key = fields.required('key', text());
  const value = fields.required('value', text());
  const config = fields.required('config', settings);
  if (description === null || partitions === null || key === null || value === null) return null;
  if (cleanup === null || compression === null || config === null) return null;
  if (writtenBy === null || readBy === null) return null;
  return {
    ...{ description, writtenBy, readBy, partitions, key, value },
    config: {
      'cleanup.policy': [...cleanup].sort().join(','),
      'retention.ms': String(retentionMs),
      'compression.type': compression,
      ...Object.fromEntries(config),
    },
  };
});
