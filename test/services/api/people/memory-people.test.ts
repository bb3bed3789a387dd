import { MemoryPeople } from './memory-people.js';
import { MOST_USERS, storeSuite } from './store-suite.js';

const store = new MemoryPeople(MOST_USERS);
storeSuite('people in memory', () => store);
