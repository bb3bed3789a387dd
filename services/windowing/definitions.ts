import { loadDefinitions } from '../../shared/catalog/window-definitions.js';
import { followFile } from '../../shared/process/followed-file.js';
import type { Logger } from '../../shared/process/logger.js';
import type { WindowDefinition } from '../../shared/windows/definition.js';

/** The definitions in force, which follow their file while the worker runs. */
export class Definitions {
  #current: readonly WindowDefinition[];
  #version = 0;

  /** @throws TactusError `TACTUS_CONFIG_INVALID` when the file is wrong at the start. */
  constructor(
    private readonly path: string,
    private readonly log: Logger,
    private readonly reloaded: (outcome: 'changed' | 'refused') => void,
  ) {
    this.#current = loadDefinitions(path);
  }

  get current(): readonly WindowDefinition[] {
    return this.#current;
  }

  /** Goes up with each change. */
  get version(): number {
    return this.#version;
  }

  /** Looks at the file until `signal` aborts. A wrong file changes nothing, and is told once. */
  async follow(signal: AbortSignal): Promise<void> {
    if (this.path === '') return;
    const file = {
      load: () => loadDefinitions(this.path),
      identity: (definitions: readonly WindowDefinition[]) => JSON.stringify(definitions),
      changed: (definitions: readonly WindowDefinition[]) => {
        this.#current = definitions;
        this.#version += 1;
        this.log.info({ windows: definitions.map(({ name }) => name) }, 'window definitions changed');
        this.reloaded('changed');
      },
      refused: (problem: string, error: unknown) => {
        this.log.error({ error }, `keeping the window definitions in force: ${problem}`);
        this.reloaded('refused');
      },
    };
    await followFile(file, this.#current, signal);
  }
}
