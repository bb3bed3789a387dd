import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.js';
import { AddToDashboard } from '../dashboards/add-to-dashboard.js';
import type { NewComponent } from '../dashboards/model/edits.js';

/** Keeps what is shown on a dashboard. */
export function SaveButton({ component }: { readonly component: NewComponent }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button icon="dashboards" onClick={() => setOpen(true)}>
        Save
      </Button>
      {isOpen && <AddToDashboard component={component} onClose={() => setOpen(false)} />}
    </>
  );
}
