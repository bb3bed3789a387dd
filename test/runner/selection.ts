import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { parseArgs } from 'node:util';

/** What a run of the tests is to do. */
export interface Selection {
  /** Paths of compiled test files, relative to their folder, in order. */
  readonly files: readonly string[];
  /** A pattern for the names of tests; undefined for all. */
  readonly name: string | undefined;
}

export const USAGE = `usage: npm test [-- [PART ...] [options]]
  PART            only test files whose path contains it: windowing, ingest/fuzz, shared/wire/record-key.test
  -t, --name RE   only tests whose names match this regular expression
  --unit          only files that need no server (\`npm run test:unit\`)
  --list          print the files instead of running them

  npm test -- windowing -t late
`;

/**
 * Reads the command line of the tests.
 *
 * @param folder of the compiled tests
 * @param sources the folder that they were compiled from; what is left of a file that is gone is passed over
 * @throws Error for an unknown option, or where nothing is selected
 */
export function select(
  args: readonly string[],
  folder: string,
  sources: string,
): Selection & { readonly list: boolean } {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      name: { type: 'string', short: 't' },
      unit: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  });
  const parts = positionals.map((part) => part.replace(/^test\//, '').replace(/\.ts$/, ''));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.js') && existsSync(join(sources, file.replace(/\.js$/, '.ts'))))
    .filter((file) => !(values.unit && isIntegration(file)))
    .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
    .sort();
  if (files.length === 0) throw new Error(`no test file matches ${positionals.join(', ')}`);
  return { files, name: values.name, list: values.list };
}

/** Whether a file starts servers or uses those of the run: such files end in `.int.test`. */
export function isIntegration(file: string): boolean {
  return file.endsWith('.int.test.js');
}

/** Whether a compiled test file imports `module`, be it through the tests' own helpers. */
export function reaches(file: string, folder: string, module: string): boolean {
  const seen = new Set<string>();
  const visit = (path: string): boolean => {
    if (path === module) return true;
    if (seen.has(path) || path.startsWith('..')) return false;
    seen.add(path);
    // At the beginning of a line: the same words inside a string are no import.
    const statement = /^(?:(?:import|export) .*|\}) from '(\.[^']+)'/gm;
    const imports = readFileSync(join(folder, path), 'utf8').matchAll(statement);
    return [...imports].some(([, to]) => visit(normalize(join(dirname(path), to as string))));
  };
  return visit(file);
}
