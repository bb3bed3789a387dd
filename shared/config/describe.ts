import { type Config, configKeys, configSource, configValue } from './load.js';
import { isSecret, maskedValue } from './masked-value.js';

/** A key with what is in effect, fit to be shown. */
export interface DescribedKey {
  readonly section: string;
  readonly name: string;
  readonly variable: string;
  readonly meaning: string;
  readonly default: string | number | boolean;
  /** `default`, `profile production`, `file` or `environment`. */
  readonly source: string;
  /** True when the value is not to be shown: it is null then. */
  readonly secret: boolean;
  readonly value: string | number | boolean | null;
  /** Of a secret, what may be shown of it. */
  readonly masked: string | null;
}

/** Every key of a configuration, secrets left out. */
export function describedKeys(config: Config): DescribedKey[] {
  return configKeys().map(([path, key]) => {
    const [section, name] = path.split('.') as [string, string];
    const value = configValue(config, path);
    const secret = isSecret(value, key);
    return {
      ...{ section, name, variable: key.env, meaning: key.doc, default: key.default, secret },
      source: configSource(config, path),
      value: secret ? null : value,
      masked: secret ? maskedValue(value, key) : null,
    };
  });
}

/** The configuration as YAML that `TACTUS_CONFIG_FILE` takes; secrets are comments. */
export function describeConfig(config: Config): string {
  const lines = [
    '# The effective configuration. TACTUS_CONFIG_FILE takes a file like this one; secrets are left out and come',
    '# from their variables.',
  ];
  let before: string | null = null;
  for (const key of describedKeys(config)) {
    if (key.section !== before) lines.push('', `${key.section}:`);
    before = key.section;
    const entry =
      key.value === null ? `# ${key.name}: ${key.masked}` : `${key.name}: ${JSON.stringify(key.value)}`;
    lines.push(
      `  # ${key.meaning}.`,
      `  # ${key.variable}, default ${JSON.stringify(key.default)}; from ${key.source}`,
      `  ${entry}`,
    );
  }
  return lines.join('\n');
}
