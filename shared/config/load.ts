import convict from 'convict';
import { messageOf, TactusError } from '../core/errors.js';
import { readNamed } from '../files/read-text.js';
import { closest } from '../files/value.js';
import { parseConfigFile } from './config-file.js';
import { maskedValue } from './masked-value.js';
import { type Config, configSchema, type KeyDeclaration } from './schema.js';
import { securityProblems } from './security.js';

export type { Config } from './schema.js';

/** Values by section and key. */
type Values = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Variables that select things before there is a configuration; allowed next to the keys. */
const CONFIG_FILE = 'TACTUS_CONFIG_FILE';
/** What `tactus up` writes for clients beside the addresses that workers need. */
export const FOR_CLIENTS = ['TACTUS_GATEWAY_URL', 'TACTUS_API_URL', 'TACTUS_API_KEY'];

/** All keys with their dotted path, in the order of the schema. */
export function configKeys(): ReadonlyArray<readonly [path: string, key: KeyDeclaration]> {
  return Object.entries(configSchema).flatMap(([section, keys]) =>
    Object.entries(keys as Record<string, KeyDeclaration>).map(
      ([key, declaration]) => [`${section}.${key}`, declaration] as const,
    ),
  );
}

/** The value of a key, by its dotted path. */
export function configValue(config: Config, path: string): string | number | boolean {
  const [section, name] = path.split('.') as [keyof Config, string];
  return (config[section] as Readonly<Record<string, string | number | boolean>>)[name] as string;
}

/** Where a value comes from: `default`, `profile production`, `file`, `environment`. */
type Source = string;

/** The sources of loaded configurations; kept apart, since a configuration is its values and nothing else. */
const SOURCES = new WeakMap<Config, ReadonlyMap<string, Source>>();

/** Where the value of a key comes from; `default` for a configuration that was not loaded. */
export function configSource(config: Config, path: string): Source {
  return SOURCES.get(config)?.get(path) ?? 'default';
}

/**
 * Reads the configuration: defaults of the profile that `TACTUS_ENV` names, then the YAML file named by
 * `TACTUS_CONFIG_FILE`, then the environment. Unknown keys of the file and unknown `TACTUS_*` variables
 * are refused, so that a typo is never silently a default.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID`, a line for every bad key that names it, its value and
 *   what is allowed.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const problems = unknownVariables(env);
  const path = env[CONFIG_FILE] ?? '';
  let file: Values = {};
  try {
    if (path !== '') file = parseConfigFile(readNamed(CONFIG_FILE, path), path);
  } catch (error) {
    problems.push(messageOf(error));
  }
  const environment = fromEnvironment(env);
  const profile = String(
    environment.profile?.name ?? file.profile?.name ?? configSchema.profile.name.default,
  );
  const layers: readonly (readonly [Source, Values])[] = [
    [`profile ${profile}`, profileDefaults(profile)],
    ['file', file],
    ['environment', environment],
  ];
  const config = convict(configSchema as unknown as convict.Schema<Config>, { env: {}, args: [] });
  const sources = new Map<string, Source>();
  const given = new Map<string, unknown>();
  for (const [source, values] of layers) {
    config.load(values as convict.Schema<Config>);
    for (const [section, keys] of Object.entries(values))
      for (const [name, value] of Object.entries(keys)) {
        sources.set(`${section}.${name}`, source);
        given.set(`${section}.${name}`, value);
      }
  }
  problems.push(...refusedValues(config, given));
  const loaded = config.getProperties() as Config;
  if (problems.length === 0) problems.push(...contradictions(loaded), ...securityProblems(loaded));
  if (problems.length > 0) throw new TactusError('TACTUS_CONFIG_INVALID', problems.join('\n'));
  SOURCES.set(loaded, sources);
  return loaded;
}

/** The defaults in which a profile differs; of a name that is none, as validation says, no key. */
function profileDefaults(profile: string): Values {
  const values: Record<string, Record<string, unknown>> = {};
  for (const [path, { profiles }] of configKeys()) {
    const value = (profiles as Readonly<Record<string, unknown>> | undefined)?.[profile];
    if (value === undefined) continue;
    const [section, name] = path.split('.') as [string, string];
    values[section] ??= {};
    values[section][name] = value;
  }
  return values;
}

/** Values that are fine one by one and not together. */
function contradictions({ kafka }: Config): string[] {
  const { replicationFactor: copies, minInsyncReplicas: needed } = kafka;
  return copies > 0 && needed > copies
    ? [
        `TACTUS_MIN_INSYNC_REPLICAS (kafka.minInsyncReplicas: must be at most TACTUS_REPLICATION_FACTOR, which is ${copies}: value was ${needed})`,
      ]
    : [];
}

/** Named without their values, which may be secrets: a variable is most often unknown for a typing error in its name. */
function unknownVariables(env: NodeJS.ProcessEnv): string[] {
  const known = configKeys().map(([, key]) => key.env);
  const allowed = new Set([...known, CONFIG_FILE, ...FOR_CLIENTS]);
  return Object.keys(env)
    .filter((name) => name.startsWith('TACTUS_') && !allowed.has(name))
    .map((name) => {
      const meant = closest(name, known);
      const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
      return `${name}: unknown variable${hint} \`tactus config\` lists all of them`;
    });
}

function fromEnvironment(env: NodeJS.ProcessEnv): Values {
  const values: Record<string, Record<string, unknown>> = {};
  for (const [path, key] of configKeys()) {
    const raw = env[key.env];
    if (raw === undefined || (raw === '' && key.default !== '')) continue;
    const [section, name] = path.split('.') as [string, string];
    values[section] ??= {};
    values[section][name] = coerce(raw, key);
  }
  return values;
}

/** Text that is not of the key's type stays text, for the format to refuse with its message. */
function coerce(raw: string, key: KeyDeclaration): unknown {
  if (typeof key.default === 'number' && raw.trim() !== '') {
    const number = Number(raw);
    return Number.isNaN(number) ? raw : number;
  }
  if (typeof key.default === 'boolean' && (raw === 'true' || raw === 'false')) return raw === 'true';
  return raw;
}

/**
 * What is wrong with each value, its key and variable named. It is shown as it was given, which convict turns
 * into a number where one is expected, and as far as it is no secret.
 */
function refusedValues(config: convict.Config<Config>, given: ReadonlyMap<string, unknown>): string[] {
  return configKeys().flatMap(([path, key]) => {
    const value: unknown = config.get(path as never);
    const refusal = refusalOf(value, key);
    if (refusal === null) return [];
    const shown = maskedValue(given.get(path) ?? value, key);
    return [`${key.env} (${path}: ${refusal}: value was ${shown})`];
  });
}

function refusalOf(value: unknown, { format }: KeyDeclaration): string | null {
  if (typeof format !== 'function')
    return format.includes(value as string) ? null : `must be one of ${JSON.stringify(format)}`;
  try {
    format(value);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}
