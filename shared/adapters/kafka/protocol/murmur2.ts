const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/**
 * MurmurHash2 as Kafka's Java clients use it to choose a partition
 * (`org.apache.kafka.common.utils.Utils.murmur2`).
 */
export function murmur2(data: Buffer): number {
  const { length } = data;
  let h = SEED ^ length;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    let k = Math.imul(data.readInt32LE(i), M);
    k ^= k >>> 24;
    h = Math.imul(h, M) ^ Math.imul(k, M);
  }
  const left = length - i;
  if (left === 3) h ^= (data[i + 2] as number) << 16;
  if (left >= 2) h ^= (data[i + 1] as number) << 8;
  if (left >= 1) h = Math.imul(h ^ (data[i] as number), M);
  h ^= h >>> 13;
  h = Math.imul(h, M);
  return h ^ (h >>> 15);
}

/** The partition of a key as Java's default partitioner has it. */
export function partitionOf(key: Buffer, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}
