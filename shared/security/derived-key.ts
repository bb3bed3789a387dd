import { createHmac } from 'node:crypto';

/**
 * A key of its own for each use of the secret of the installation, so that no result serves as another.
 *
 * @param use names it, and its version
 */
export function derivedKey(secret: string, use: string): Buffer {
  return createHmac('sha256', secret).update(use).digest();
}
