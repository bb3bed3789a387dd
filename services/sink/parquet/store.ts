import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AwsClient } from 'aws4fetch';
import type { Config } from '../../../shared/config/load.js';
import { messageOf, TactusError } from '../../../shared/core/errors.js';

/** Where the files are written. */
export interface Store {
  /**
   * Writes a file atomically, replacing one of the same name.
   *
   * @param path with "/" as separator
   * @throws TactusError `TACTUS_ARCHIVE_UNAVAILABLE`, retriable
   */
  put(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
}

const PUT_TIMEOUT_MS = 60_000;

/** @throws TactusError `TACTUS_CONFIG_INVALID` when the access keys of a bucket are missing */
export function openStore({ sink }: Config): Store {
  const url = new URL(sink.archiveUrl);
  return url.protocol === 'file:' ? folderStore(fileURLToPath(url)) : bucketStore(url, sink);
}

/**
 * Writes under another name first and renames, so that readers never see a partial file. The name is of this attempt alone:
 * a former owner of the partition may still write the same file, and would cut off what is renamed meanwhile.
 */
function folderStore(root: string): Store {
  return {
    put: async (path, bytes) => {
      const target = join(root, path);
      const temporary = `${target}.${randomUUID()}.part`;
      try {
        await mkdir(dirname(target), { recursive: true });
        const file = await open(temporary, 'w');
        try {
          await file.writeFile(bytes);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(temporary, target);
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => {});
        throw unavailable(`writing ${target}: ${messageOf(error)}`, error);
      }
    },
  };
}

function bucketStore(url: URL, sink: Config['sink']): Store {
  const { archiveS3AccessKeyId, archiveS3SecretAccessKey, archiveS3Region, archiveS3Endpoint } = sink;
  if (archiveS3AccessKeyId === '' || archiveS3SecretAccessKey === '')
    throw new TactusError(
      'TACTUS_CONFIG_INVALID',
      `TACTUS_ARCHIVE_S3_ACCESS_KEY_ID and TACTUS_ARCHIVE_S3_SECRET_ACCESS_KEY: must be set for s3://${url.host}`,
    );
  const { username, password } = new URL(archiveS3Endpoint || 'https://aws');
  // A request to such an address is refused before it is made, with the address in the reason.
  if (username !== '' || password !== '')
    throw new TactusError(
      'TACTUS_CONFIG_INVALID',
      'TACTUS_ARCHIVE_S3_ENDPOINT: must have no user and password: these are TACTUS_ARCHIVE_S3_ACCESS_KEY_ID and TACTUS_ARCHIVE_S3_SECRET_ACCESS_KEY',
    );
  const client = new AwsClient({
    accessKeyId: archiveS3AccessKeyId,
    secretAccessKey: archiveS3SecretAccessKey,
    region: archiveS3Region,
    service: 's3',
    retries: 0,
  });
  const endpoint =
    archiveS3Endpoint === '' ? `https://s3.${archiveS3Region}.amazonaws.com` : archiveS3Endpoint;
  const base = `${endpoint.replace(/\/$/, '')}/${url.host}${url.pathname.replace(/\/$/, '')}`;
  return {
    put: async (path, bytes, signal) => {
      // Characters such as "%" and "=" are part of the object's name.
      const target = `${base}/${path.split('/').map(encodeURIComponent).join('/')}`;
      let status: number;
      try {
        const response = await client.fetch(target, {
          method: 'PUT',
          body: Buffer.from(bytes),
          headers: { 'content-type': 'application/vnd.apache.parquet' },
          signal: AbortSignal.any([signal, AbortSignal.timeout(PUT_TIMEOUT_MS)]),
        });
        await response.body?.cancel();
        status = response.status;
      } catch (error) {
        throw unavailable(`writing ${target}: ${messageOf(error)}`, error);
      }
      if (status !== 200) throw unavailable(`writing ${target}: the store answered ${status}`);
    },
  };
}

function unavailable(message: string, cause?: unknown): TactusError {
  return new TactusError('TACTUS_ARCHIVE_UNAVAILABLE', message, { cause });
}
