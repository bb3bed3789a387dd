import { exchanged } from './exchanged.js';
import { describePinned } from './pinned.js';

describePinned('what workers of two builds exchange', 'exchanged', exchanged);
