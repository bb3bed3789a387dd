import { loadDefinitions } from '../../shared/catalog/window-definitions.js';
import { messageOf } from '../../shared/core/errors.js';
import type { Logger } from '../../shared/runtime/logger.js';
import { sleep } from '../../shared/runtime/wait.js';
import type { WindowDefinition } from '../../shared/windows/definition.js';

/** How often the file is looked at: mounted configuration changes without any notice. */
const LOOK_EVERY_MS = 1_000;

/** The definitions in force, which follow their file while the worker runs. */
export class Definitions {
  #current: readonly WindowDefinition[];
  #version = 0;
  #refused = '';

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
    while (this.path !== '' && !signal.aborted) {
      await sleep(LOOK_EVERY_MS, signal);
      this.#look();
    }
  }

  #look(): void {
    let found: readonly WindowDefinition[];
    try {
      found = loadDefinitions(this.path);
    } catch (error) {
      const problem = messageOf(error);
      if (problem === this.#refused) return;
      this.#refused = problem;
      this.log.error({ error }, `keeping the window definitions in force: ${problem}`);
      this.reloaded('refused');
      return;
    }
    this.#refused = '';
    if (JSON.stringify(found) === JSON.stringify(this.#current)) return;
    this.#current = found;
    this.#version += 1;
    this.log.info({ windows: found.map(({ name }) => name) }, 'window definitions changed');
    this.reloaded('changed');
  }
}
