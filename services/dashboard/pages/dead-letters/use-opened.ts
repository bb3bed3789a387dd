import { call } from '../../api/call.js';
import type { OpenedDeadLetter } from '../../api/operations.js';
import { type Resource, useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';

/** One dead letter with what its list has not: its headers, and what it was decoded to. @param id null while nobody looks at one */
export const useOpened = (id: string | null): Resource<OpenedDeadLetter | null> =>
  useResource(
    async (signal) => (id === null ? null : await call('GET /dead-letters/{id}', { path: { id }, signal })),
    [tenant.value, id],
  );
