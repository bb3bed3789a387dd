import convict from 'convict';
import { messageOf, TactusError } from '../core/errors.js';
import { withoutPassword } from '../files/passwords.js';
import { readNamed } from '../files/read-text.js';
import { parseConfigFile } from './config-file.js';
import { configSchema, type KeyDeclaration } from './schema.js';

type Widen<T> = T extends number ? number : T extends boolean ? boolean : string;
type Properties<S> = {
  readonly [K in keyof S]: S[K] extends { default: infer D } ? Widen<D> : Properties<S[K]>;
};

/** The effective configuration of a process; see `sections/` for units and meaning. */
export type Config = Properties<typeof configSchema>;

/** Values by section and key. */
type Values = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Variables that select things before there is a configuration; allowed next to the keys. */
const CONFIG_FILE = 'TACTUS_CONFIG_FILE';

/** All keys with their dotted path, in the order of the schema. */
export function configKeys(): ReadonlyArray<readonly [path: string, key: KeyDeclaration]> {
  return Object.entries(configSchema).flatMap(([section, keys]) =>
    Object.entries(keys as Record<string, KeyDeclaration>).map(
      ([key, declaration]) => [`${section}.${key}`, declaration] as const,
    ),
  );
}

/** Where a value comes from: `default`, `profile production`, `file`, `environment`. */
type Source = string;

/** The sources of loaded configurations; kept apart, since a configuration is its values and nothing else. */
const SOURCES = new WeakMap<Config, ReadonlyMap<string, Source>>();

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
  try {
    for (const [source, values] of layers) {
      config.load(values as convict.Schema<Config>);
      for (const [section, keys] of Object.entries(values))
        for (const name of Object.keys(keys)) sources.set(`${section}.${name}`, source);
    }
    config.validate({ allowed: 'strict' });
  } catch (error) {
    for (const problem of messageOf(error).split('\n')) problems.push(withVariable(problem, env).trim());
  }
  const loaded = config.getProperties() as Config;
  if (problems.length === 0) problems.push(...contradictions(loaded));
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

function unknownVariables(env: NodeJS.ProcessEnv): string[] {
  const known = new Set(configKeys().map(([, key]) => key.env));
  return Object.keys(env)
    .filter((name) => name.startsWith('TACTUS_') && name !== CONFIG_FILE && !known.has(name))
    .map(
      (name) =>
        `${name}: unknown variable, its value is ${JSON.stringify(env[name])}; allowed are the keys of \`tactus config\``,
    );
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

/** Puts the variable's name next to the key's, and its value where convict leaves it out. */
function withVariable(problem: string, env: NodeJS.ProcessEnv): string {
  const path = problem.split(':')[0]?.trim();
  const declaration = configKeys().find(([key]) => key === path)?.[1];
  if (declaration === undefined) return problem;
  const value = problem.includes('value was') ? '' : `: value was ${JSON.stringify(env[declaration.env])}`;
  return `${declaration.env} (${problem.trim()}${value})`;
}

/** The effective configuration as `path = value` lines with the source of each; secrets are masked. */
export function describeConfig(config: Config): string {
  const sources = SOURCES.get(config);
  return configKeys()
    .map(([path, key]) => {
      const [section, name] = path.split('.') as [keyof Config, string];
      const value = (config[section] as Record<string, unknown>)[name];
      const shown = key.sensitive && value !== '' ? '***' : withoutPassword(JSON.stringify(value));
      const source = sources?.get(path) ?? 'default';
      return `# ${key.doc}\n${path} = ${shown}   # from ${source}; ${key.env}, default ${JSON.stringify(key.default)}`;
    })
    .join('\n\n');
}
