import type { ApiServices } from '../../api/routes/services.js';

/** Services that are enough to declare routes. */
export function declaredOnly(): ApiServices {
  const found: unknown = new Proxy(() => {}, {
    get: () => found,
    apply: () => found,
  });
  return found as ApiServices;
}
