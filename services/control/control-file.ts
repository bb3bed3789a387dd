import type { Type, types } from 'avsc';
import type {
  AlertControl,
  AnomalySensitivity,
  ApiKey,
  RuleConfig,
  TenantConfig,
  TopicValues,
} from '../../schemas/types.js';
import { avroType } from '../../shared/adapters/avro/avro-type.js';
import { isMute } from '../../shared/alerting/mutes.js';
import { loadSchemas, recordSchema } from '../../shared/catalog/schemas.js';
import { TactusError } from '../../shared/core/errors.js';
import { controlKey } from '../../shared/wire/control-key.js';
import { sensitivityKey } from '../../shared/wire/sensitivity-key.js';

/** Of the form of the file; goes up when an earlier build could not read it. Without sensitivities it is as before them. */
const VERSION = 2;
const WITHOUT_SENSITIVITIES = 1;
/** Fields whose values no message shows. */
const SECRETS: ReadonlySet<string> = new Set(['hash', 'mac']);
/** Problems that are named; beyond, nobody reads on. */
const MAX_PROBLEMS = 50;
const MAX_SHOWN = 100;

/** What the file has, in the order in which it is written and restored; silences with acknowledgements and mutes of anomalies. */
export const PARTS = ['tenants', 'keys', 'rules', 'silences', 'sensitivities'] as const;
export type Part = (typeof PARTS)[number];

/** What one record of a part is called. */
export const ONE: Readonly<Record<Part, string>> = {
  ...{ tenants: 'tenant', keys: 'key', rules: 'rule', silences: 'silence', sensitivities: 'sensitivity' },
};

/** The topic of each part, and the schema of its values. */
export const TOPICS = {
  tenants: { topic: 'control.tenants', schema: 'TenantConfig' },
  keys: { topic: 'control.keys', schema: 'ApiKey' },
  rules: { topic: 'control.rules', schema: 'RuleConfig' },
  silences: { topic: 'control.alerts', schema: 'AlertControl' },
  sensitivities: { topic: 'control.sensitivities', schema: 'AnomalySensitivity' },
} as const satisfies Record<Part, { readonly topic: keyof TopicValues; readonly schema: string }>;

export interface Contents {
  readonly tenants: readonly TenantConfig[];
  readonly keys: readonly ApiKey[];
  readonly rules: readonly RuleConfig[];
  readonly silences: readonly AlertControl[];
  readonly sensitivities: readonly AnomalySensitivity[];
}

export type PartRecord = Contents[Part][number];

/** The key of a record in its topic. */
export function keyOf(part: Part, record: PartRecord): string {
  if (part === 'sensitivities') {
    const { tenantId, metric } = record as AnomalySensitivity;
    return sensitivityKey(tenantId, metric);
  }
  if (part !== 'silences') return record.id;
  const control = record as AlertControl;
  return controlKey[isMute(control) ? 'mute' : control.kind](control.id);
}

/** How messages name a record: never by what it holds. */
export function nameOf(part: Part, record: PartRecord): string {
  return nameOfKey(part, keyOf(part, record));
}

export function nameOfKey(part: Part, key: string): string {
  return `${ONE[part]} ${JSON.stringify(key.slice(0, MAX_SHOWN))}`;
}

/** The text of a file. */
export function fileText(contents: Contents, exportedAt: string): string {
  const base64 = (bytes: Buffer) => bytes.toString('base64');
  const keys = contents.keys.map((key) => ({ ...key, hash: base64(key.hash), mac: base64(key.mac) }));
  const { sensitivities, ...others } = contents;
  const form =
    sensitivities.length === 0
      ? { version: WITHOUT_SENSITIVITIES, exportedAt, ...others, keys }
      : { version: VERSION, exportedAt, ...contents, keys };
  return `${JSON.stringify(form, null, 1)}\n`;
}

/**
 * Reads what {@link fileText} has written, and checks the form of every record.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` naming what is wrong, by part and index
 */
export function readFileText(text: string, file: string): Contents {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw refused(file, ['must be JSON, as `tactus control export` writes it']);
  }
  if (!isObject(found)) throw refused(file, ['must be an object, as `tactus control export` writes it']);
  const { version } = found;
  if (version !== VERSION && version !== WITHOUT_SENSITIVITIES)
    throw refused(file, [
      `version: must be ${WITHOUT_SENSITIVITIES} or ${VERSION}: value was ${shown(version)}${later(version)}`,
    ]);
  const allowed = ['version', 'exportedAt', ...PARTS];
  const problems = Object.keys(found)
    .filter((key) => !allowed.includes(key))
    .map((key) => `${shown(key)}: unknown key; allowed: ${allowed.join(', ')}`);
  const contents = Object.fromEntries(PARTS.map((part) => [part, readPart(part, found[part], problems)]));
  if (problems.length > 0) throw refused(file, problems);
  return contents as unknown as Contents;
}

/** One error for all that is wrong in a file. */
export function refused(file: string, problems: readonly string[]): TactusError {
  const named = problems.slice(0, MAX_PROBLEMS).map((problem) => `${file}: ${problem}`);
  const more = problems.length - named.length;
  return new TactusError(
    'TACTUS_CONFIG_INVALID',
    [...named, ...(more > 0 ? [`${file}: ${more} more`] : [])].join('\n'),
  );
}

function readPart(part: Part, list: unknown, problems: string[]): PartRecord[] {
  if (part === 'sensitivities' && list === undefined) return [];
  if (!Array.isArray(list)) {
    problems.push(`${part}: must be a list: value was ${shown(list)}`);
    return [];
  }
  const { schema } = recordSchema(loadSchemas(), TOPICS[part].schema);
  const type = avroType(schema);
  const seen = new Set<string>();
  return list.flatMap((entry: unknown, i): PartRecord[] => {
    if (!isObject(entry)) {
      problems.push(`${part}[${i}]: must be an object: value was ${shown(entry)}`);
      return [];
    }
    const { hash, mac } = entry;
    // What a later schema has in addition is as its default says.
    const missing = schema.fields.filter((field) => !(field.name in entry) && 'default' in field);
    const record = {
      ...Object.fromEntries(missing.map((field) => [field.name, structuredClone(field.default)])),
      ...entry,
      ...(part === 'keys' && { hash: bytesOf(hash), mac: bytesOf(mac) }),
    } as unknown as PartRecord;
    const before = problems.length;
    const fields = schema.fields.map(({ name }) => name);
    for (const name of Object.keys(entry))
      if (!fields.includes(name))
        problems.push(`${part}[${i}].${shownName(name)}: unknown key; allowed: ${fields.join(', ')}`);
    type.isValid(record, {
      errorHook: (path, value, wanted) => {
        const place = path.map((name) => `.${shownName(name)}`).join('');
        const was = SECRETS.has(path[0] ?? '') ? '' : `: value was ${shown(value)}`;
        problems.push(`${part}[${i}]${place}: must be ${typeText(wanted)}${was}`);
      },
    });
    if (problems.length > before) return [];
    const key = keyOf(part, record);
    if (seen.has(key)) problems.push(`${part}[${i}].id: ${nameOf(part, record)} is there twice`);
    seen.add(key);
    return [record];
  });
}

/** What a type of a schema takes, in its terms. */
function typeText(type: Type): string {
  const { typeName } = type;
  if (typeName.startsWith('union:'))
    return (type as types.UnwrappedUnionType).types.map(typeText).join(' or ');
  if (typeName === 'enum') return `one of ${(type as types.EnumType).symbols.join(', ')}`;
  if (typeName === 'array') return `a list, each ${typeText((type as types.ArrayType).itemsType)}`;
  if (typeName === 'map') return `an object, each value ${typeText((type as types.MapType).valuesType)}`;
  if (typeName === 'bytes') return 'bytes in base64';
  return typeName === 'record' ? `an object with the fields of ${type.name}` : typeName;
}

function shownName(name: string): string {
  return name.slice(0, MAX_SHOWN);
}

/** The bytes of a text in base64; anything else as it is, which the schema then refuses. */
function bytesOf(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : text;
}

function later(version: unknown): string {
  return typeof version === 'number' && version > VERSION ? ', which a later version of Tactus writes' : '';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  return String(JSON.stringify(value)).slice(0, MAX_SHOWN);
}
