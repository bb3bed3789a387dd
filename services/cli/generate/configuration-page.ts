import { configKeys } from '../../../shared/config/load.js';
import type { KeyDeclaration } from '../../../shared/config/schema.js';
import { messageOf } from '../../../shared/core/errors.js';
import { code, page, table } from './markdown.js';

type Format = readonly string[] | ((value: unknown) => void);

/** A key as its page shows it. */
export interface ConfigurationRow {
  readonly section: string;
  readonly key: string;
  readonly variable: string;
  readonly meaning: string;
  readonly unit: string;
  readonly allowed: string;
  readonly defaultValue: string;
}

/** Every key, in the order of the schema. */
export function configurationRows(): ConfigurationRow[] {
  return configKeys().map(([path, declaration]) => {
    const [section, key] = path.split('.') as [string, string];
    const { doc, env: variable, sensitive } = declaration;
    const { format } = declaration as unknown as { format: Format };
    const unit = unitOf(key);
    return {
      ...{ section, key, variable, unit },
      meaning: sensitive === true ? `${doc}. Secret: never shown` : doc,
      allowed: allowedBy(format),
      defaultValue: defaultsText(declaration, unit),
    };
  });
}

/** Names end in their unit; of keys without one the meaning says what they count. */
function unitOf(key: string): string {
  if (/Ms$/.test(key)) return 'ms';
  return /Bytes/.test(key) ? 'bytes' : '';
}

/** Formats say what they allow when they refuse. */
function allowedBy(format: Format): string {
  if (typeof format !== 'function') return format.map(code).join(', ');
  const refusal = (value: unknown): string | null => {
    try {
      format(value);
      return null;
    } catch (error) {
      return messageOf(error).replace(/^must be /, '');
    }
  };
  const allowed = (refusal({}) ?? '').replaceAll(/\b\d{4,}\b/g, (digits) =>
    Number(digits).toLocaleString('en-GB'),
  );
  const orNone = /^text|, or empty$/.test(allowed) || refusal('') !== null ? '' : ', or empty for none';
  return `${allowed}${orNone}`;
}

const STEPS = {
  ms: [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ],
  bytes: [
    [1_048_576, 'MiB'],
    [1_024, 'KiB'],
  ],
} as const;

/** The default, and behind it those of profiles that have another one. */
function defaultsText({ default: value, profiles = {} }: KeyDeclaration, unit: string): string {
  const others = Object.entries(profiles).map(([name, other]) => `${name}: ${defaultText(other, unit)}`);
  return [defaultText(value, unit), ...others].join('; ');
}

/** The default, and again in the largest unit that it is a whole number of. */
function defaultText(value: string | number | boolean, unit: string): string {
  const steps = unit === 'ms' || unit === 'bytes' ? STEPS[unit] : [];
  const step = steps.find(([size]) => Number(value) > 0 && Number(value) % size === 0);
  return `${code(String(value))}${step === undefined ? '' : ` (${Number(value) / step[0]} ${step[1]})`}`;
}

/** All configuration keys, section by section. */
export function configurationPage(): string {
  const rows = configurationRows();
  const sections = [...new Set(rows.map(({ section }) => section))];
  return page(
    'Configuration',
    `Each key is set by its variable, or in the YAML file that \`TACTUS_CONFIG_FILE\` names, by section and key (\`kafka: {brokers: …}\`). The
environment wins over the file, the file over the defaults. Where a key has several, \`TACTUS_ENV\` names the profile whose default applies; without it
that is \`development\`. A key of the file or a \`TACTUS_…\` variable that is not listed here is refused,
and so is a value that is not allowed: the process ends with exit code 78 and names them all. \`npx tactus config\` shows what is in
effect. Durations and sizes are whole numbers of the unit in their name. Certificates, logins and ACLs have
[examples for each way](../adapters/README.md).`,
    sections.map((section) => {
      const own = rows.filter((row) => row.section === section);
      return `## ${section}\n\n${table(
        ['variable', 'key', 'meaning', 'unit', 'allowed', 'default'],
        own.map((row) => [
          code(row.variable),
          code(row.key),
          row.meaning,
          row.unit,
          row.allowed,
          row.defaultValue,
        ]),
      )}`;
    }),
  );
}
