import type { Config } from '../../shared/config/load.js';
import { messageOf, TactusError } from '../../shared/core/errors.js';
import { readSecret, rememberSecret } from '../../shared/files/secret.js';
import { FollowedFile } from '../../shared/process/followed-value.js';
import type { Logger } from '../../shared/process/logger.js';
import type { Mapping } from './mappings/mapping.js';
import { loadMappings } from './mappings/mappings-file.js';
import { LEAST_SECRET } from './mappings/member.js';

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
        throw invalid(`is missing; mapping ${counting.name} is of kind member and needs it`);
      return mappings;
    },
    identity: (mappings) => mappings.map(({ identity }) => identity).join('\n'),
    what: 'mappings of events',
    describe: (mappings) => ({ mappings: mappings.map(({ name }) => name) }),
    log,
  });
}

/**
 * What hashes of subjects are made with, as long as the process runs.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` for one that can be guessed
 */
export function memberSecretOf({ memberSecret, memberSecretFile }: Config['ingest']): string {
  let secret = memberSecret;
  try {
    if (memberSecretFile !== '') secret = readSecret(memberSecretFile);
  } catch (error) {
    throw invalid(`cannot be read from ${memberSecretFile}: ${messageOf(error)}`);
  }
  if (secret === '') return secret;
  rememberSecret(secret);
  if (secret.length < LEAST_SECRET)
    throw invalid(`has ${secret.length} characters; allowed are at least ${LEAST_SECRET}`);
  return secret;
}

function invalid(what: string): TactusError {
  return new TactusError('TACTUS_CONFIG_INVALID', `TACTUS_MEMBER_SECRET (ingest.memberSecret) ${what}`);
}
