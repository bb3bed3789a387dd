import { loadWrittenRules, type WrittenRule } from '../../../shared/alerting/rules/rules-file.js';
import { FollowedFile } from '../../../shared/process/followed-value.js';
import type { Logger } from '../../../shared/process/logger.js';

/** The rules of a file, as it is now. */
export type FileRules = FollowedFile<{ readonly rules: readonly WrittenRule[]; readonly text: string }>;

/**
 * The rules of `RULES_FILE`, which has to be that of alerting; an empty path has the shipped ones.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` when the file is wrong at the start
 */
export function followedRules(path: string, log: Logger): FileRules {
  return new FollowedFile({
    ...{ path, load: loadWrittenRules, what: 'alert rules that are shown', log },
    identity: ({ text }) => text,
    describe: ({ rules }) => ({ count: rules.length }),
  });
}
