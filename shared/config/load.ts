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

/**
 * Reads the configuration: defaults, then the YAML file named by `TACTUS_CONFIG_FILE`, then the
 * environment. Unknown keys of the file and unknown `TACTUS_*` variables are refused, so that a
 * typo is never silently a default.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID`, a line for every bad key that names it, its value and
 *   what is allowed.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const problems = unknownVariables(env);
  const config = convict(configSchema as unknown as convict.Schema<Config>, { env: {}, args: [] });
  const path = env[CONFIG_FILE] ?? '';
  try {
    if (path !== '') config.load(parseConfigFile(readNamed(CONFIG_FILE, path), path));
  } catch (error) {
    problems.push(messageOf(error));
  }
  try {
    config.load(fromEnvironment(env) as convict.Schema<Config>);
    config.validate({ allowed: 'strict' });
  } catch (error) {
    for (const problem of messageOf(error).split('\n')) problems.push(withVariable(problem, env).trim());
  }
  if (problems.length > 0) throw new TactusError('TACTUS_CONFIG_INVALID', problems.join('\n'));
  return config.getProperties() as Config;
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

function fromEnvironment(env: NodeJS.ProcessEnv): Record<string, Record<string, unknown>> {
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

/** The effective configuration as `path = value` lines with secrets masked. */
export function describeConfig(config: Config): string {
  return configKeys()
    .map(([path, key]) => {
      const [section, name] = path.split('.') as [keyof Config, string];
      const value = (config[section] as Record<string, unknown>)[name];
      const shown = key.sensitive && value !== '' ? '***' : withoutPassword(JSON.stringify(value));
      return `# ${key.doc}\n${path} = ${shown}   # ${key.env}, default ${JSON.stringify(key.default)}`;
    })
    .join('\n\n');
}
