import { names } from './names.js';
import { describePinned } from './pinned.js';

describePinned('each of the names of things', 'names', names);
