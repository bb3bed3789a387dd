/** Sensitivities of a detector, from the least to the most. */
export const SENSITIVITIES = [0.2, 5] as const;
/** Of a tenant, and of a metric: the one that changes nothing. */
export const AS_CONFIGURED = 0.5;

/**
 * What a sensitivity of 0 to 1, as people set it, multiplies that of a detector by: 1/5 at 0, 1 at 0.5, 5 at 1; each step by a tenth is a
 * factor of 1.38.
 */
export function factorOf(sensitivity: number): number {
  const [, most] = SENSITIVITIES;
  return most ** (2 * sensitivity - 1);
}

/** The sensitivity of a detector: as it is configured, changed by a factor. */
export function changedBy(factor: number, configured: number): number {
  const [least, most] = SENSITIVITIES;
  return Math.min(most, Math.max(least, configured * factor));
}
