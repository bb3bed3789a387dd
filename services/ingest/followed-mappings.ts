import type { Config } from '../../shared/config/load.js';
import { secretText } from '../../shared/config/secret-text.js';
import { TactusError } from '../../shared/core/errors.js';
import { FollowedFile } from '../../shared/process/followed-value.js';
import type { Logger } from '../../shared/process/logger.js';
import type { Mapping } from './mappings/mapping.js';
import { loadMappings } from './mappings/mappings-file.js';

/**
 * The mappings of `MAPPINGS_FILE`; an empty path has none.
 *
 * @param secret of points of kind `member`; empty for none
 * @throws TactusError `TACTUS_CONFIG_INVALID` when the file is wrong at the start, or needs a secret that is not there
 */
export function followedMappings(
  path: string,
  secret: string,
  log: Logger,
): FollowedFile<readonly Mapping[]> {
  return new FollowedFile({
    path,
    load(file) {
      const mappings = loadMappings(file);
      const counting = mappings.find(({ kind }) => kind === 'member');
      if (counting !== undefined && secret === '')
        throw new TactusError(
          'TACTUS_CONFIG_INVALID',
          `TACTUS_MEMBER_SECRET (ingest.memberSecret) is missing; mapping ${counting.name} is of kind member and needs it`,
        );
      return mappings;
    },
    identity: (mappings) => mappings.map(({ identity }) => identity).join('\n'),
    what: 'mappings of events',
    describe: (mappings) => ({ mappings: mappings.map(({ name }) => name) }),
    log,
  });
}

/**
 * What hashes of subjects are made with, as long as the process runs; empty without one.
 *
 * @throws TactusError as {@link secretText}
 */
export function memberSecretOf({ memberSecret, memberSecretFile }: Config['ingest']): string {
  const setting = { variable: 'TACTUS_MEMBER_SECRET', key: 'ingest.memberSecret' };
  return secretText({ secret: memberSecret, file: memberSecretFile, ...setting }) ?? '';
}
