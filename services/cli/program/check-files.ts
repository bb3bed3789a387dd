import { ruleTestsKind } from '../../../shared/alerting/rule-tests.js';
import { rulesKind } from '../../../shared/alerting/rules/rules-file.js';
import { tenantsKind } from '../../../shared/catalog/tenants-file.js';
import { topicKind } from '../../../shared/catalog/topics.js';
import { windowsKind } from '../../../shared/catalog/window-definitions.js';
import { configKind } from '../../../shared/config/config-file.js';
import { messageOf } from '../../../shared/core/errors.js';
import type { FileKind } from '../../../shared/files/file-kind.js';
import { InvalidFileError, type Mistake, mistakeText } from '../../../shared/files/mistakes.js';
import { readText } from '../../../shared/files/read-text.js';
import { closest } from '../../../shared/files/value.js';
import { topKeys } from '../../../shared/files/yaml-file.js';
import { EXIT } from '../../../shared/process/exit-codes.js';
import { notificationsKind } from '../../alerting/notify/routing-file.js';
import { detectionKind } from '../../anomaly/detection-file.js';
import { mappingsKind } from '../../ingest/mappings/mappings-file.js';
import { say } from './output.js';

/** Every kind of file that Tactus reads. */
export const KINDS: readonly FileKind[] = [
  ...[windowsKind, rulesKind, ruleTestsKind, detectionKind, notificationsKind, tenantsKind, topicKind],
  ...[mappingsKind, configKind],
];

interface Checked {
  readonly file: string;
  /** Null where no kind has such keys. */
  readonly kind: string | null;
  /** What is in it, in words. */
  readonly holds: string;
  readonly mistakes: readonly Mistake[];
}

/** `tactus check FILE...`: prints every mistake; exit code 1 if there is one. */
export async function checkFiles(files: readonly string[], { json }: { json: boolean }): Promise<number> {
  const checked = files.map(checkFile);
  for (const one of checked) for (const line of json ? [jsonOf(one)] : linesOf(one)) say(line);
  return checked.some(({ mistakes }) => mistakes.length > 0) ? EXIT.found : EXIT.done;
}

function checkFile(file: string): Checked {
  let kind: FileKind | undefined;
  try {
    const text = readText(file);
    const keys = topKeys(text, file);
    kind = kindOf(keys);
    if (kind === undefined) throw new InvalidFileError([unknownKind(file, keys)]);
    return { file, kind: kind.name, holds: kind.check(text, file), mistakes: [] };
  } catch (error) {
    const unreadable = {
      file,
      line: null,
      column: null,
      key: '',
      message: `cannot be read: ${messageOf(error)}`,
    };
    const mistakes = error instanceof InvalidFileError ? error.mistakes : [unreadable];
    return { file, kind: kind?.name ?? null, holds: '', mistakes };
  }
}

/** The kind that has most of the keys. */
function kindOf(keys: readonly string[]): FileKind | undefined {
  const shared = (kind: FileKind) => keys.filter((key) => kind.keys.includes(key)).length;
  const [best] = KINDS.filter((kind) => shared(kind) > 0).sort((a, b) => shared(b) - shared(a));
  return best;
}

function unknownKind(file: string, keys: readonly string[]): Mistake {
  const known = KINDS.flatMap((kind) => kind.keys);
  const near = keys.map((key) => closest(key, known)).find((key) => key !== undefined);
  const hint = near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
  const kinds = KINDS.map(({ name, keys: [key] }) => `${key} (${name})`).join(', ');
  const message = `must have the keys of a kind of file: ${kinds}${hint}`;
  return { file, line: 1, column: 1, key: '', message };
}

function linesOf({ file, kind, holds, mistakes }: Checked): string[] {
  return mistakes.length > 0 ? mistakes.map(mistakeText) : [`${file}: ${kind}: ${holds}, no mistake`];
}

function jsonOf({ file, kind, mistakes }: Checked): string {
  return JSON.stringify({ file, kind, mistakes: mistakes.map(({ file: _, ...mistake }) => mistake) });
}
