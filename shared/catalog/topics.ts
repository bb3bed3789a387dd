import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { TOPIC_NAMES, type TopicName } from '../../topics/names.js';
import { messageOf, TactusError } from '../core/errors.js';
import { packageRoot } from '../files/package-root.js';

/** The value of topics that one worker writes and reads for itself. */
export const INTERNAL = 'internal';

/** What `topics/<name>.yaml` declares. */
export interface TopicDeclaration {
  readonly name: TopicName;
  readonly description: string;
  readonly partitions: number;
  /** What the key is made of, in words. */
  readonly key: string;
  /** Name of the value's schema, or {@link INTERNAL}. */
  readonly value: string;
  /** Kafka's configuration of the topic, as Kafka names it. */
  readonly config: Readonly<Record<string, string>>;
}

const COMPRESSIONS = ['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'];
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
/** What the file says in words of its own; `config` may not say it a second time. */
const SPELT_OUT = ['cleanup.policy', 'retention.ms', 'compression.type'];

type Check = (value: unknown) => string | null;

const text: Check = (value) => (typeof value === 'string' && value !== '' ? null : 'a text');

const KEYS: Readonly<Record<string, Check>> = {
  description: text,
  partitions: (value) =>
    Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 1_000
      ? null
      : 'an integer from 1 to 1000',
  cleanup: (value) =>
    Array.isArray(value) && value.length > 0 && value.every((v) => v === 'delete' || v === 'compact')
      ? null
      : 'a list of delete, compact',
  retention: (value) =>
    typeof value === 'string' && (value === 'forever' || /^[1-9]\d{0,5}[mhd]$/.test(value))
      ? null
      : 'a time such as 30m, 12h or 7d, or forever',
  compression: (value) =>
    COMPRESSIONS.includes(value as string) ? null : `one of ${COMPRESSIONS.join(', ')}`,
  key: text,
  value: text,
  config: (value) => {
    const allowed = "a map of Kafka's topic configuration to text, number or boolean";
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return allowed;
    const twice = Object.keys(value).find((key) => SPELT_OUT.includes(key));
    if (twice !== undefined) return `without ${twice}, which has a key of its own`;
    return Object.values(value).every((v) => ['string', 'number', 'boolean'].includes(typeof v))
      ? null
      : allowed;
  },
};

/**
 * Reads `topics/*.yaml`, one file for each topic of `topics/names.ts`.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID`, one line that names every bad file and key.
 */
export function loadTopics(folder = join(packageRoot(), 'topics')): ReadonlyMap<TopicName, TopicDeclaration> {
  const problems: string[] = [];
  const present = new Set(readdirSync(folder).filter((file) => file.endsWith('.yaml')));
  const topics = new Map<TopicName, TopicDeclaration>();
  for (const name of TOPIC_NAMES) {
    const file = `${name}.yaml`;
    if (!present.delete(file)) {
      problems.push(`topics/${file}: is missing`);
      continue;
    }
    try {
      topics.set(name, parseTopic(name, readFileSync(join(folder, file), 'utf8')));
    } catch (error) {
      problems.push(messageOf(error));
    }
  }
  for (const file of present) problems.push(`topics/${file}: Tactus knows no topic of this name`);
  if (problems.length > 0) throw new TactusError('TACTUS_CONFIG_INVALID', problems.join('; '));
  return topics;
}

/**
 * One declaration from the text of its file.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` naming file, key, value and what is allowed.
 */
export function parseTopic(name: TopicName, yaml: string): TopicDeclaration {
  const file = `topics/${name}.yaml`;
  const raw = readYaml(file, yaml);
  const problems = Object.keys(raw)
    .filter((key) => !(key in KEYS))
    .map((key) => `${file}: ${key} is an unknown key; allowed are ${Object.keys(KEYS).join(', ')}`);
  for (const [key, check] of Object.entries(KEYS)) {
    const allowed = check(raw[key]);
    if (allowed !== null) problems.push(`${file}: ${key} is ${JSON.stringify(raw[key])}, must be ${allowed}`);
  }
  if (problems.length > 0) throw new TactusError('TACTUS_CONFIG_INVALID', problems.join('; '));
  return {
    name,
    description: raw.description as string,
    partitions: raw.partitions as number,
    key: raw.key as string,
    value: raw.value as string,
    config: {
      'cleanup.policy': [...(raw.cleanup as string[])].sort().join(','),
      'retention.ms': String(durationMs(raw.retention as string)),
      'compression.type': raw.compression as string,
      ...Object.fromEntries(Object.entries(raw.config as object).map(([key, value]) => [key, String(value)])),
    },
  };
}

function readYaml(file: string, yaml: string): Record<string, unknown> {
  let raw: unknown;
  try {
    raw = parse(yaml);
  } catch (error) {
    throw new TactusError(
      'TACTUS_CONFIG_INVALID',
      `${file}: must be YAML (${messageOf(error).split('\n')[0]})`,
    );
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw new TactusError('TACTUS_CONFIG_INVALID', `${file}: must be a map of keys`);
  return raw as Record<string, unknown>;
}

/** Kafka takes -1 for "never". */
function durationMs(text: string): number {
  if (text === 'forever') return -1;
  return Number(text.slice(0, -1)) * (UNITS[text.slice(-1)] ?? Number.NaN);
}
