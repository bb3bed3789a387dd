/**
 * Writes items to a target that accepts or rejects them only as a whole. Rejected items are written in
 * halves until a single one is left, which is refused: n items with k bad ones take some k log2(n) writes
 * more, and all good ones are stored.
 *
 * @param write resolves with null when the items are stored, or with the reason of the rejection
 */
export async function isolateRefused<T, Rejection>(
  items: readonly T[],
  write: (items: readonly T[]) => Promise<Rejection | null>,
  refuse: (item: T, rejection: Rejection) => void,
): Promise<void> {
  const [first] = items;
  if (first === undefined) return;
  const rejection = await write(items);
  if (rejection === null) return;
  if (items.length === 1) {
    refuse(first, rejection);
    return;
  }
  const middle = items.length >> 1;
  await isolateRefused(items.slice(0, middle), write, refuse);
  await isolateRefused(items.slice(middle), write, refuse);
}
