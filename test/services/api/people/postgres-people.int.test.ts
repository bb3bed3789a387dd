import { after, before } from 'node:test';
import { PostgresPeople } from '../../../../services/api/people/postgres-people.js';
import { migrate } from '../../../../shared/adapters/postgres/migrate.js';
import { poolTo } from '../../../shared/adapters/postgres/database.js';
import { sharedServers } from '../../../support/servers.js';
import { MOST_USERS, storeSuite } from './store-suite.js';

const pool = poolTo(sharedServers().DATABASE_URL);
const store = new PostgresPeople(pool, MOST_USERS);
before(() => migrate(pool).then(() => undefined));
after(() => pool.end());
storeSuite('people in PostgreSQL', () => store);
