import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../shared/files/package-root.js';

/** What tests need of a README: its sections' tables and its blocks of code. */
export class Readme {
  readonly text: string;

  constructor(path = join(packageRoot(), 'README.md')) {
    this.text = readFileSync(path, 'utf8');
  }

  /** The text under a heading of the second level, up to the next one. */
  section(title: string): string {
    const [, text] = this.text.split(`\n## ${title}\n`);
    if (text === undefined) throw new Error(`README.md has no section "${title}"`);
    return text.split('\n## ')[0] as string;
  }

  /** The rows of all tables of a section as cells, without heads; backticks and escapes are taken off. */
  rows(title: string): string[][] {
    return this.section(title)
      .split('\n\n')
      .filter((block) => block.trimStart().startsWith('|'))
      .flatMap((block) => block.trim().split('\n').slice(2))
      .map((line) => line.split(/(?<!\\)\|/).slice(1, -1))
      .map((cells) => cells.map((cell) => cell.trim().replaceAll('\\|', '|')))
      .map((cells) => cells.map((cell) => (/^`[^`]*`$/.test(cell) ? cell.slice(1, -1) : cell)));
  }

  /** The blocks of code in one language. */
  code(language: string): string[] {
    return [...this.text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
      .filter(([, of]) => of === language)
      .map(([, , code]) => code as string);
  }
}
