import { rest } from '../../address/address.js';
import { DashboardPage } from './dashboard.js';
import './dashboards.css';
import { guardUnsaved } from './editing.js';
import { DashboardList } from './list.js';

// What is not saved outlives the page.
guardUnsaved();

/** All dashboards, or the one that the address names. */
export default function Page() {
  const [id] = rest.value;
  return id === undefined ? <DashboardList /> : <DashboardPage key={id} id={id} />;
}
