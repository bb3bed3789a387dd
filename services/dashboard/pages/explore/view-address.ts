import { query } from '../../address/address.js';
import { changedQuery } from '../../address/query.js';
import type { View } from './state.js';

/** The same in another view. */
export const viewAddress = (view: View): string =>
  `/explore${changedQuery(query.value, { view: view === 'chart' ? null : view })}`;
