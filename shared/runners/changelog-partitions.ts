import { TactusError } from '../core/errors.js';
import type { LogSource } from '../ports/log.js';

/**
 * Makes sure that each partition of an input has one of its own in the changelog. Names are physical ones.
 *
 * @param partition one that the input is known to have
 * @throws TactusError `TACTUS_TOPIC_MISMATCH` where the changelog has fewer; waiting would change nothing
 */
export async function requireChangelogPartitions(
  reader: Pick<LogSource, 'partitions'>,
  input: string,
  changelog: string,
  partition = 0,
): Promise<void> {
  const wanted = await reader.partitions(input, partition + 1);
  const found = await reader.partitions(changelog, wanted);
  if (found >= wanted) return;
  throw new TactusError(
    'TACTUS_TOPIC_MISMATCH',
    `${changelog} has ${found} partition(s), and must have at least the ${wanted} of ${input}, whose changelog it is: stop all instances of this worker, run kafka-topics.sh --alter --topic ${changelog} --partitions ${wanted}, and start them again`,
  );
}
