import type { QuotaAlgorithm } from '../tenancy/profile.js';
import { FixedWindow } from './fixed-window.js';
import { LeakyBucket } from './leaky-bucket.js';
import type { Meter, Rate } from './meter.js';
import { SlidingWindow } from './sliding-window.js';
import { TokenBucket } from './token-bucket.js';

/** A meter that nothing was taken from. */
export function meterOf(algorithm: QuotaAlgorithm, rate: Rate): Meter {
  switch (algorithm) {
    case 'token-bucket':
      return new TokenBucket(rate);
    case 'sliding-window':
      return new SlidingWindow(rate);
    case 'fixed-window':
      return new FixedWindow(rate);
    case 'leaky-bucket':
      return new LeakyBucket(rate);
  }
}
