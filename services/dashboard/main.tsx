import { render } from 'preact';
import { followAddress, path } from './address/address.js';
import { followTheme } from './parts/theme.js';
import { App } from './shell/app.js';
import { loadPage, PAGES } from './shell/pages.js';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/shell.css';

followTheme();
followAddress();
// The page's code comes while it is asked who is logged in; whoever shows it says what is wrong with it.
const first = PAGES.find((one) => one.path === path.peek().split('/')[1]);
if (first !== undefined) loadPage(first).catch(() => {});
render(<App />, document.getElementById('app') as HTMLElement);
