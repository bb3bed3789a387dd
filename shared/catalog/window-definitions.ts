import { counted, type FileKind } from '../files/file-kind.js';
import { readNamed } from '../files/read-text.js';
import { document, duration, integer, listOf, mapping, number, oneOf, text } from '../files/readers.js';
import type { Fields } from '../files/value.js';
import { readYaml } from '../files/yaml-file.js';
import { DEFAULT_DEFINITIONS, type WindowDefinition } from '../windows/definition.js';
import { MAX_DEFINITIONS } from '../windows/position.js';

const COMMON = ['name', 'kind', 'grace', 'metrics', 'tenants', 'groupBy', 'quantiles', 'maxSeries'];
/** What each kind of window takes beside those. */
const SHAPE = { tumbling: ['size'], hopping: ['size', 'advance'], session: ['gap', 'maxLength'] };
const SHAPE_KEYS = [...new Set(Object.values(SHAPE).flat())];
const KINDS = Object.keys(SHAPE) as (keyof typeof SHAPE)[];
const DEFAULT_GRACE_MS = 5_000;
/** Open windows live in memory and are rebuilt from the log: longer ones belong to the database. */
const MAX_SIZE_MS = 3_600_000;
/** A session must have room for two gaps: where it is cut, what follows is another one. */
const LEAST_GAPS = 2;
const MAX_PANES = 1_000;
const MAX_QUANTILES = 20;

/**
 * Window definitions from `WINDOWS_FILE`, or the shipped ones when `path` is empty.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` naming every mistake with its place, value and what is allowed
 */
export function loadDefinitions(path: string): readonly WindowDefinition[] {
  return path === '' ? DEFAULT_DEFINITIONS : parseDefinitions(readNamed('WINDOWS_FILE', path), path);
}

/** As {@link loadDefinitions}, of a text; `file` names it in messages. */
export function parseDefinitions(yaml: string, file: string): readonly WindowDefinition[] {
  return readYaml(yaml, file, definitions);
}

/** Files of window definitions, for `tactus check`. */
export const windowsKind: FileKind = {
  name: 'window definitions',
  keys: ['windows'],
  check: (yaml, file) => counted(parseDefinitions(yaml, file).length, 'definition'),
};

/** The order of keys in a definition must stay: states are known by a hash of its JSON. */
const definition = mapping<WindowDefinition>(
  [...COMMON, ...SHAPE_KEYS],
  (fields) => {
    const name = fields.required('name', text());
    const kind = fields.has('kind') ? fields.required('kind', oneOf(KINDS)) : 'tumbling';
    const graceMs = fields.optional(
      'grace',
      duration({ max: MAX_SIZE_MS, range: 'at most 60m' }),
      DEFAULT_GRACE_MS,
    );
    const metrics = fields.optional('metrics', text(), '*');
    const tenants = fields.optional('tenants', text(), '*');
    const tags = 'a list of tag names; [] gives one series per tenant and metric';
    const groupBy = fields.optional('groupBy', listOf(text('text', /^/), { allowed: tags }), null);
    const numbers = `a list of at most ${MAX_QUANTILES} numbers from 0 to 1`;
    const quantiles = fields.optional(
      'quantiles',
      listOf(number(0, 1), { allowed: numbers, most: MAX_QUANTILES }),
      [],
    );
    const maxSeries = fields.optional('maxSeries', integer(1), null);
    if (kind === null) {
      // Whatever was meant, these are durations.
      for (const key of SHAPE_KEYS) fields.optional(key, duration(), null);
      return null;
    }
    for (const key of SHAPE_KEYS)
      if (fields.has(key) && !SHAPE[kind].includes(key)) fields.at(key).refuse(`absent for a ${kind} window`);
    const session = kind === 'session' ? readSession(fields) : null;
    const aligned = kind === 'session' ? null : readAligned(kind, fields);
    if (name === null) return null;
    const common = {
      ...(maxSeries === null ? {} : { maxSeries }),
      ...(quantiles.length === 0 ? {} : { quantiles }),
      ...{ name, graceMs, metrics, tenants, groupBy },
    };
    if (session !== null) return { kind: 'session', ...common, ...session };
    return aligned && { ...common, ...aligned };
  },
  'a definition with "name" and "size" or "gap"',
);

const definitions = document(
  'windows',
  'a list of definitions',
  listOf(definition, {
    ...{ allowed: 'a list of definitions', least: 1, unique: 'name', most: MAX_DEFINITIONS },
    because:
      ', as the metadata of a committed offset, which Kafka limits to 4,096 bytes, have a place for each',
  }),
);

function readAligned(kind: 'tumbling' | 'hopping', fields: Fields) {
  const range = 'from 1ms to 60m; longer windows are what the roll-ups of the database are for';
  const sizeMs = fields.required('size', duration({ min: 1, max: MAX_SIZE_MS, range }));
  const advance = duration({ min: 1, range: `from size/${MAX_PANES} to size` });
  const advanceMs = kind === 'tumbling' ? sizeMs : fields.required('advance', advance);
  if (sizeMs === null || advanceMs === null) return null;
  if (advanceMs > sizeMs || sizeMs / advanceMs > MAX_PANES)
    return fields.at('advance').refuse(`from size/${MAX_PANES} to size`);
  if (sizeMs % advanceMs !== 0) return fields.at('advance').refuse('a divisor of size');
  return { sizeMs, advanceMs };
}

function readSession(fields: Fields) {
  const gap = duration({ min: 1, max: MAX_SIZE_MS / LEAST_GAPS, range: 'from 1ms to 30m' });
  const gapMs = fields.required('gap', gap);
  const range = `from ${LEAST_GAPS} times the gap to 60m, which is the default`;
  const maxLength = duration({ min: LEAST_GAPS * (gapMs ?? 0), max: MAX_SIZE_MS, range });
  const maxMs = fields.optional('maxLength', maxLength, MAX_SIZE_MS);
  return gapMs === null ? null : { gapMs, maxMs };
}
