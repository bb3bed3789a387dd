import { computed } from '@preact/signals';
import { query, setQuery } from '../address/address.js';

/** Of this browser. */
export const LOCAL_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
export const UTC = 'UTC';

/** In which times are shown; in the address as `tz` where it is not the browser's. */
export const zone = computed(() => {
  const named = query.value.get('tz');
  return named === null || !isZone(named) ? LOCAL_ZONE : named;
});

export function setZone(name: string): void {
  setQuery({ tz: name === LOCAL_ZONE ? null : name }, { replace: true });
}

function isZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
