import { messageOf } from '../core/errors.js';
import { counted, type FileKind } from '../files/file-kind.js';
import { mapping, oneOf } from '../files/readers.js';
import type { Fields, Reader } from '../files/value.js';
import { readYaml } from '../files/yaml-file.js';
import { maskedValue } from './masked-value.js';
import { configSchema, type KeyDeclaration } from './schema.js';

type Scalar = string | number | boolean;

/** What a file sets, by section and key. */
export type FileValues = Readonly<Record<string, Readonly<Record<string, Scalar>>>>;

/**
 * The values of a configuration file, checked one by one as those of the environment are.
 *
 * @throws InvalidFileError naming every mistake with its place, value and what is allowed
 */
export function parseConfigFile(yaml: string, file: string): FileValues {
  return readYaml(yaml, file, (root) => (root.isAbsent ? {} : sections(root)));
}

/** Files of `TACTUS_CONFIG_FILE`, for `tactus check`. */
export const configKind: FileKind = {
  name: 'configuration',
  keys: Object.keys(configSchema),
  check(yaml, file) {
    const keys = Object.values(parseConfigFile(yaml, file)).flatMap((section) => Object.keys(section));
    return counted(keys.length, 'key');
  },
};

const sections = ofKeys(
  Object.entries(configSchema).map(([name, keys]) => [name, ofKeys(Object.entries(keys).map(keyReader))]),
);

function keyReader([name, declaration]: [string, KeyDeclaration]): [string, Reader<Scalar>] {
  const { format } = declaration;
  if (typeof format !== 'function') return [name, oneOf(format)];
  return [
    name,
    (value) => {
      try {
        format(value.scalar);
        return value.scalar as Scalar;
      } catch (error) {
        const hidden = maskedValue(value.scalar, declaration) !== JSON.stringify(value.scalar);
        const refused = hidden ? value.asSecret() : value;
        return refused.refuse(messageOf(error).replace(/^must be /, ''));
      }
    },
  ];
}

/** A mapping of some of the keys. */
function ofKeys<T>(readers: readonly (readonly [string, Reader<T>])[]): Reader<Record<string, T>> {
  const read = (fields: Fields) => {
    const values: Record<string, T> = {};
    for (const [name, reader] of readers) {
      const value = fields.optional(name, reader, null);
      if (value !== null) values[name] = value;
    }
    return values;
  };
  return mapping(
    readers.map(([name]) => name),
    read,
  );
}
