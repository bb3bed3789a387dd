import { loadDefinitions } from '../../shared/catalog/window-definitions.js';
import type { Logger } from '../../shared/process/logger.js';
import type { WindowDefinition } from '../../shared/windows/definition.js';

/**
 * Reads the window definitions at each call, since the file may change while the worker runs. An invalid
 * file changes nothing; `windowing` reports what is wrong with it.
 */
export function currentDefinitions(file: string, log: Logger): () => readonly WindowDefinition[] {
  let current = loadDefinitions(file);
  return () => {
    try {
      current = loadDefinitions(file);
    } catch (error) {
      log.debug({ error }, 'keeping the current window definitions');
    }
    return current;
  };
}
