import { loadDefinitions } from '../catalog/window-definitions.js';
import type { WindowDefinition } from '../windows/definition.js';
import { FollowedFile, type ReloadOutcome } from './followed-value.js';
import type { Logger } from './logger.js';

/**
 * The window definitions of `WINDOWS_FILE`; an empty path has the shipped ones.
 *
 * @param reloaded is called with each change and each refusal, for metrics
 * @throws TactusError `TACTUS_CONFIG_INVALID` when the file is wrong at the start
 */
export function followedDefinitions(
  path: string,
  log: Logger,
  reloaded?: (outcome: ReloadOutcome) => void,
): FollowedFile<readonly WindowDefinition[]> {
  return new FollowedFile({
    path,
    load: loadDefinitions,
    identity: JSON.stringify,
    what: 'window definitions',
    describe: namesOf,
    log,
    ...(reloaded && { reloaded }),
  });
}

/** For the log. */
export function namesOf(definitions: readonly WindowDefinition[]): { readonly windows: readonly string[] } {
  return { windows: definitions.map(({ name }) => name) };
}
