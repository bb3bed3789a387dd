import { globMatcher } from '../../../shared/core/glob.js';
import { counted, type FileKind } from '../../../shared/files/file-kind.js';
import { readNamed } from '../../../shared/files/read-text.js';
import {
  document,
  listOf,
  MAX_TEXT,
  mapOf,
  mapping,
  number,
  oneOf,
  text,
  texts,
} from '../../../shared/files/readers.js';
import type { Fields, Reader, Value } from '../../../shared/files/value.js';
import { readYaml } from '../../../shared/files/yaml-file.js';
import { KINDS, LARGEST_VALUE } from '../../../shared/wire/metric-point-reader.js';
import { eventExpression, MAX_STEPS_IN_ALL, type MeteredExpression } from './event-expression.js';
import { MAX_MAPPINGS, MAX_TAGS, type Mapping, type TagSource, type ValueSource } from './mapping.js';

const KEYS = ['name', 'type', 'tenants', 'when', 'metric', 'value', 'kind', 'unit', 'tags'];
/** Texts that a tag may be confined to. */
const MAX_TAG_VALUES = 200;

/** A mapping with the steps of its expressions. */
interface Read {
  readonly mapping: Mapping;
  readonly steps: number;
}

/**
 * The mappings of `MAPPINGS_FILE`; none when `path` is empty.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` naming every mistake with its place, value and what is allowed
 */
export function loadMappings(path: string): readonly Mapping[] {
  return path === '' ? [] : parseMappings(readNamed('MAPPINGS_FILE (ingest.mappingsFile)', path), path);
}

/** As {@link loadMappings}, of a text; `file` names it in messages. */
export function parseMappings(yaml: string, file: string): readonly Mapping[] {
  return readYaml(yaml, file, mappings);
}

/** Files of mappings, for `tactus check`. */
export const mappingsKind: FileKind = {
  name: 'mappings of events',
  keys: ['mappings'],
  check: (yaml, file) => counted(parseMappings(yaml, file).length, 'mapping'),
};

const glob = text('1 to 200 characters, * for any run of them', /^.{1,200}$/);
const mappingName = text('1 to 64 of A-Z a-z 0-9 _ . -', /^[A-Za-z0-9_.-]{1,64}$/);
/** What ingest takes. */
const plainName = text('1 to 256 characters without control characters', /^\P{Cc}{1,256}$/u);
const metricName = text(
  'the name of a metric: 1 to 256 characters without control characters or "|"',
  /^[^\p{Cc}|]{1,256}$/u,
);
const tagText = plainName;

const readMapping: Reader<Read> = mapping(
  KEYS,
  (fields) => {
    const name = fields.required('name', mappingName);
    const type = fields.required('type', glob);
    const tenants = fields.optional('tenants', glob, '*');
    const when = fields.has('when') ? fields.required('when', expression('condition')) : null;
    const metric = fields.required('metric', metricName);
    const kind = fields.optional('kind', oneOf(KINDS), 'gauge');
    const value = readValue(fields, kind === 'member');
    const unit = fields.optional('unit', plainName, null);
    const tags = fields.optional('tags', tagSources, new Map<string, TagSource>());
    if (name === null || type === null || metric === null || value === null) return null;
    const source = value.from === 'expression' ? { expr: value.expression.source } : value;
    const listed = [...tags].map(([tag, of]) => [
      tag,
      { ...of, values: 'values' in of && of.values !== null ? [...of.values] : null },
    ]);
    const identity = JSON.stringify([name, type, tenants, when?.source, metric, source, kind, unit, listed]);
    const steps = (when?.steps ?? 0) + (value.from === 'expression' ? value.expression.steps : 0);
    return {
      steps,
      mapping: {
        ...{ name, identity, when, metric, value, kind, unit },
        type: globMatcher(type),
        tenant: globMatcher(tenants),
        tags: [...tags],
      },
    };
  },
  'a mapping with "name", "type", "metric" and "value"',
);

const list = listOf(readMapping, { allowed: 'a list of mappings', most: MAX_MAPPINGS, unique: 'name' });

const mappings = document('mappings', 'a list of mappings', (value: Value): readonly Mapping[] | null => {
  const all = list(value);
  if (all === null) return null;
  const steps = all.reduce((sum, one) => sum + one.steps, 0);
  if (steps > MAX_STEPS_IN_ALL)
    return value.wrong(
      `must take at most ${MAX_STEPS_IN_ALL} steps for one event with all expressions together: they may take ${steps}`,
    );
  return all.map((one) => one.mapping);
});

function expression(what: 'condition' | 'value'): Reader<MeteredExpression> {
  const plain = text(`a ${what} in CEL of 1 to ${MAX_TEXT} characters`);
  return (value) => {
    const source = plain(value);
    if (source === null) return null;
    const found = eventExpression(source, what);
    if (!('message' in found)) return found;
    return value.wrong(`${found.message}: value was ${JSON.stringify(source)}`, found.offset);
  };
}

type Metered =
  | Exclude<ValueSource, { from: 'expression' }>
  | { from: 'expression'; expression: MeteredExpression };

const VALUE = 'a number, { attribute: NAME } or { expr: CEL }';

function readValue(fields: Fields, isMember: boolean): Metered | null {
  if (!isMember) return fields.required('value', valueSource);
  if (fields.has('value')) fields.at('value').refuse('absent for `kind: member`, whose value is the subject');
  return { from: 'member' };
}

const valueFields = mapping<Metered>(
  ['attribute', 'expr'],
  (fields) => {
    if (fields.has('attribute') && fields.has('expr'))
      return fields.at('expr').refuse('absent beside `attribute`');
    if (!fields.has('expr')) {
      const name = fields.required('attribute', plainName);
      return name === null ? null : { from: 'attribute', name };
    }
    const found = fields.required('expr', expression('value'));
    return found === null ? null : { from: 'expression', expression: found };
  },
  VALUE,
);

const constant = number(-LARGEST_VALUE, LARGEST_VALUE);

const valueSource: Reader<Metered> = (value) => {
  if (value.fields() !== null) return valueFields(value);
  if (typeof value.scalar !== 'number') return value.refuse(VALUE);
  const found = constant(value);
  return found === null ? null : { from: 'constant', value: found };
};

const TAG = 'a text, { attribute: NAME, values: [...], other: TEXT } or { subject: true }';

const tagFields = mapping<TagSource>(
  ['attribute', 'values', 'other', 'subject'],
  (fields) => {
    if (fields.has('subject')) {
      for (const key of ['attribute', 'values', 'other'])
        if (fields.has(key)) fields.at(key).refuse('absent beside `subject`');
      return fields.at('subject').scalar === true ? { from: 'subject' } : fields.at('subject').refuse('true');
    }
    const name = fields.required('attribute', plainName);
    const values = fields.has('values') ? fields.required('values', tagValues) : null;
    const other = fields.optional('other', tagText, 'other');
    if (fields.has('other') && !fields.has('values')) fields.at('other').refuse('absent without `values`');
    return name === null
      ? null
      : { from: 'attribute', name, values: values === null ? null : new Set(values), other };
  },
  TAG,
);

const tagValues = texts('a list of different texts', tagText, MAX_TAG_VALUES);

const tagSources = mapOf<TagSource>(
  (value) => {
    if (value.fields() !== null) return tagFields(value);
    if (typeof value.scalar !== 'string') return value.refuse(TAG);
    const found = tagText(value);
    return found === null ? null : { from: 'constant', text: found };
  },
  {
    allowed: 'a mapping of tag names to where their texts come from',
    most: MAX_TAGS,
    name: (tag) =>
      /^\P{Cc}{1,256}$/u.test(tag) && tag !== '__proto__'
        ? null
        : 'must be named by 1 to 256 characters without control characters, and not __proto__',
  },
);
