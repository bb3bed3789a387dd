import { join } from 'node:path';
import { counted, type FileKind } from '../../files/file-kind.js';
import { packageRoot } from '../../files/package-root.js';
import { readNamed } from '../../files/read-text.js';
import { document, listOf } from '../../files/readers.js';
import { readYaml } from '../../files/yaml-file.js';
import { readRule } from './read-rule.js';
import { MAX_RULES, type Rule, tooMany } from './rule.js';

const SHIPPED = 'services/alerting/rules/rules.yaml';

/** The rules of `RULES_FILE`, or the shipped ones if that is empty, and the text that they come from. */
export function loadRules(path: string): { readonly rules: readonly Rule[]; readonly text: string } {
  const file = path === '' ? join(packageRoot(), SHIPPED) : path;
  const text = readNamed('RULES_FILE (alerting.rulesFile)', file);
  return { rules: parseRules(text, file), text };
}

/**
 * Reads and checks rules.
 *
 * @param file names the source in messages
 * @throws InvalidFileError naming every mistake with its place, value and what is allowed
 */
export function parseRules(yaml: string, file: string): readonly Rule[] {
  return readYaml(yaml, file, rules);
}

/** Files of alert rules, for `tactus check`. */
export const rulesKind: FileKind = {
  name: 'alert rules',
  keys: ['rules'],
  check: (yaml, file) => counted(parseRules(yaml, file).length, 'rule'),
};

const list = listOf(readRule, { allowed: 'a list of rules', most: MAX_RULES, unique: 'name' });

const rules = document('rules', 'a list of rules', (value) => {
  const all = list(value);
  const problem = all && tooMany(all);
  return problem === null ? all : value.wrong(problem);
});
