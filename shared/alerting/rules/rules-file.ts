import { join } from 'node:path';
import { counted, type FileKind } from '../../files/file-kind.js';
import { packageRoot } from '../../files/package-root.js';
import { readNamed } from '../../files/read-text.js';
import { document, listOf } from '../../files/readers.js';
import type { Reader } from '../../files/value.js';
import { readYaml } from '../../files/yaml-file.js';
import { readRule } from './read-rule.js';
import { recordingProblems } from './recordings.js';
import { MAX_RULES, type Rule, tooMany } from './rule.js';
import type { RuleValues } from './rule-config.js';

const SHIPPED = 'services/alerting/rules/rules.yaml';

/** The rules of `RULES_FILE`, or the shipped ones if that is empty, and the text that they come from. */
export function loadRules(path: string): { readonly rules: readonly Rule[]; readonly text: string } {
  const { file, text } = rulesText(path);
  return { rules: parseRules(text, file), text };
}

function rulesText(path: string): { readonly file: string; readonly text: string } {
  const file = path === '' ? join(packageRoot(), SHIPPED) : path;
  return { file, text: readNamed('RULES_FILE (alerting.rulesFile)', file) };
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

/** A rule of a file, and as it is written there. */
export interface WrittenRule {
  readonly rule: Rule;
  readonly values: RuleValues;
}

/** As {@link loadRules}, with what is written in the file. */
export function loadWrittenRules(path: string): {
  readonly rules: readonly WrittenRule[];
  readonly text: string;
} {
  const { file, text } = rulesText(path);
  return { rules: parseWrittenRules(text, file), text };
}

/** As {@link loadWrittenRules}, of a text; `file` names it in messages. */
export function parseWrittenRules(yaml: string, file: string): readonly WrittenRule[] {
  const rules = parseRules(yaml, file);
  const written = readYaml(yaml, file, document('rules', 'a list of rules', listOf(plainRule, LIST)));
  return rules.map((rule, i) => ({ rule, values: written[i] as RuleValues }));
}

/**
 * Checks that rules which {@link loadRules} has read look at windows that there are.
 *
 * @throws InvalidFileError with the place of each that does not
 */
export function checkWindows(text: string, file: string, windows: readonly string[]): void {
  const known: Reader<true> = (value) => {
    const window = value.fields()?.at('window');
    if (window === undefined || window.isAbsent || windows.some((name) => name === window.scalar))
      return true;
    return window.refuse(`one of the window definitions: ${windows.join(', ')}`);
  };
  readYaml(text, file, document('rules', 'a list of rules', listOf(known, LIST)));
}

/** Files of alert rules, for `tactus check`. */
export const rulesKind: FileKind = {
  name: 'alert rules',
  keys: ['rules'],
  check: (yaml, file) => counted(parseRules(yaml, file).length, 'rule'),
};

const LIST = { allowed: 'a list of rules', most: MAX_RULES, unique: 'name' };
const list = listOf(readRule, LIST);
/** Of a file that {@link loadRules} has read. */
const plainRule: Reader<RuleValues> = (value) => {
  const { tenant: _, ...values } = value.plain() as RuleValues & { readonly tenant?: string };
  return values;
};

const rules = document('rules', 'a list of rules', (value) => {
  const all = list(value);
  const [conflict = null] = all === null ? [] : recordingProblems(all).values();
  const problem = all && (tooMany(all) ?? conflict);
  return problem === null ? all : value.wrong(problem);
});
