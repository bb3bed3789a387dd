import { useEffect } from 'preact/hooks';
import { rest } from '../../address/address.js';
import { DashboardPage } from './dashboard.js';
import './dashboards.css';
import { guardUnsaved } from './editing.js';
import { DashboardList } from './list.js';

/** All dashboards, or the one that the address names. */
export default function Page() {
  const [id] = rest.value;
  // Never taken away again: what is not saved outlives the page.
  useEffect(guardUnsaved, []);
  return id === undefined ? <DashboardList /> : <DashboardPage key={id} id={id} />;
}
