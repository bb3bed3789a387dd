import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../shared/files/package-root.js';

/** What tests need of a Markdown file: its blocks of code, the commands in them, and its links. */
export class Readme {
  readonly text: string;

  constructor(readonly path = 'README.md') {
    this.text = readFileSync(join(packageRoot(), path), 'utf8');
  }

  /** The blocks of code in one language; '' is that of blocks without one. */
  code(language: string): string[] {
    return this.#blocks.filter(([of]) => of === language).map(([, code]) => code);
  }

  /** Every line that a reader may type: those of `sh` blocks, those after a `$`, and code that begins as a command. */
  commands(): string[] {
    const typed = this.#blocks.flatMap(([language, code]) =>
      language === 'sh'
        ? code.split('\n').filter((line) => line !== '')
        : [...code.matchAll(/^\$ (.*)$/gm)].map(([, line]) => line as string),
    );
    const prose = this.text.replaceAll(/^```[\s\S]*?^```$/gm, '');
    const inline = [...prose.matchAll(/`((?:npm|npx|\(set -a;) [^`]+)`/g)].map(([, line]) => line as string);
    return [...typed, ...inline];
  }

  /** Targets of links. */
  links(): string[] {
    return [...this.text.matchAll(/\]\(([^)]+)\)/g)].map(([, to]) => to as string);
  }

  /** Its headings, as links point to them. */
  anchors(): string[] {
    return [...this.text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
      (title as string)
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );
  }

  get #blocks(): [language: string, code: string][] {
    return [...this.text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language, code]) => [
      language as string,
      code as string,
    ]);
  }
}
