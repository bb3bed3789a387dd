import { MemoryPeople } from './memory-people.js';
import { storeSuite } from './store-suite.js';

const store = new MemoryPeople();
storeSuite('people in memory', () => store);
