// The frame of every page: theme, login, the stream, and whether what is shown is still true.
import { $, about, api, ApiError, fill, h, money, toast, who, zone, words } from './lib.js';

const told = { simulated: 'prices are made up, no real money', recorded: 'recorded prices, no real money', paper: 'live prices, orders on paper, no real money', test: 'a test network, no real money', real: 'REAL MONEY' };
const silent = 10000;
let source = null, last = null, heard = Date.now(), over = false, again = null;

/** Pages listen here: now, decision, trade, act, price, alert, reset. */
export const stream = new EventTarget();

function mode(name) {
  document.documentElement.dataset.mode = name;
  $('band-mode').textContent = name;
  $('band-told').textContent = told[name] ?? '';
}

/** The state in one word, what keeps the account from trading first. */
export function stateOf(account) {
  if (!account) return ['unknown', 'No account yet'];
  const waits = account.latches.find(text => text.includes('is compared with') || text.includes('waits for resume'));
  if (account.state === 'halted') return ['halted', 'Halted'];
  if (waits) return ['waiting', waits.includes('is compared') ? 'Waiting for comparison' : 'Waiting for confirmation'];
  if (account.latches.some(text => text.includes('reached its limit'))) return ['latched', 'Latched'];
  if (account.latches.some(text => text.includes('the journal expects'))) return ['waiting', 'Differs from the exchange'];
  return account.state === 'reducing' ? ['reducing', 'Reducing'] : ['active', 'Active'];
}

/** Shows in the frame how everything stands. */
export function show(now) {
  mode(now.mode);
  // What tells how everything stands has read the journal.
  if ($('notice').dataset.kind === 'reading') notice('');
  const [state, name] = stateOf(now.account);
  $('state').dataset.state = state;
  $('state-name').textContent = name;
  $('top-equity').textContent = now.equityUsd === null ? '' : `${money(now.equityUsd)} USD`;
}

function live(state, text) {
  $('live').dataset.live = state;
  $('live-told').textContent = text;
}

// From here on parts may wait again without the page being hidden.
new MutationObserver((_, watch) => {
  if (document.querySelector('main [aria-busy]')) return;
  document.documentElement.dataset.filled = '';
  watch.disconnect();
}).observe(document.querySelector('main'), { subtree: true, childList: true, attributes: true, attributeFilter: ['aria-busy'] });

export function notice(text, kind = '', ...more) {
  const element = $('notice');
  element.hidden = !text;
  element.dataset.kind = kind;
  fill(element, text ? [text, ...more] : []);
}

function loggedOut() {
  if (over) return;
  over = true;
  source?.close();
  live('off', 'logged out');
  notice('Your login is over. What is shown is as it was. ', 'bad', h('a', { href: `/login?next=${encodeURIComponent(location.pathname + location.search)}` }, 'Log in again'));
}

function offline() {
  live('off', 'offline');
  notice(`No answer since ${new Date(heard).toLocaleTimeString('sv-SE')}: what is shown is as it was then. You are still logged in; it goes on by itself.`, 'bad');
}

function hear(event) {
  heard = Date.now();
  if (event?.lastEventId) last = event.lastEventId;
  if (over) return;
  live('on', 'live');
}

function connect() {
  clearTimeout(again);
  if (over || document.hidden || who.journal) return;
  source?.close();
  source = new EventSource(`/api/v1/stream${last ? `?after=${last}` : ''}`);
  source.onopen = () => { hear(); notice(''); };
  for (const kind of ['now', 'decision', 'trade', 'act', 'price', 'alert', 'reset']) {
    source.addEventListener(kind, event => {
      hear(event);
      const detail = JSON.parse(event.data);
      if (kind === 'now') show(detail);
      if (kind === 'alert' && detail.kind !== 'trade') toast(detail.subject);
      stream.dispatchEvent(new CustomEvent(kind, { detail }));
    });
  }
  source.addEventListener('beat', event => {
    hear(event);
    const { progress, trouble } = JSON.parse(event.data);
    if (trouble) notice(`Stale: ${trouble}. What is shown is as it was.`);
    else if (progress < 1) notice(`The journal is being read: ${Math.floor(progress * 100)} %`, 'reading');
    else notice('');
  });
  source.onerror = async () => {
    if (source.readyState !== EventSource.CLOSED) {
      live('wait', 'reconnecting');
      return;
    }
    // Refused: a login that is over, or a program that is busy. Offline is not logged out.
    try {
      await api('/session');
      again = setTimeout(connect, 3000);
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      if (failure.status !== 401) again = setTimeout(connect, 3000);
    }
  };
}

document.addEventListener('logged-out', loggedOut);
document.addEventListener('reading', event => { if (!who.journal) notice(event.detail, 'reading'); });
// A browser opens few connections to one program: a page that nobody sees gives its own back.
document.addEventListener('visibilitychange', () => { if (document.hidden) source?.close(); else connect(); });
setInterval(() => { if (!over && !who.journal && !document.hidden && Date.now() - heard > silent) { offline(); if (source?.readyState === EventSource.CLOSED) connect(); } }, 1000);

mode(document.documentElement.dataset.mode);
$('zone').textContent = zone;
$('theme').addEventListener('click', () => {
  const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.theme = dark ? 'light' : 'dark';
  localStorage.setItem('theme', dark ? 'light' : 'dark');
  document.dispatchEvent(new CustomEvent('theme'));
});
$('logout').addEventListener('click', async () => {
  await fetch('/logout', { method: 'POST', headers: { 'X-Trading-Csrf': document.documentElement.dataset.csrf } });
  location.href = '/login?said=out';
});
document.addEventListener('keydown', event => {
  // g and a letter: go to a page.
  if (event.target.closest('input, select, textarea, dialog') || event.ctrlKey || event.metaKey || event.altKey) return;
  const pages = { n: '/', c: '/chart', d: '/decisions', t: '/trades', m: '/models', r: '/risk', p: '/past', a: '/audit' };
  if (goes && pages[event.key]) location.href = about(pages[event.key]);
  goes = event.key === 'g';
});
let goes = false;

/** Every link within the site stays with the journal that is looked at; one with data-own leads back. */
function stay(event) {
  const link = event.target.closest('a[href^="/"]');
  if (link && !('own' in link.dataset) && !/[?&]journal=/.test(link.getAttribute('href'))) link.setAttribute('href', about(link.getAttribute('href')));
}

if (who.journal) {
  for (const kind of ['click', 'auxclick', 'focusin', 'pointerover']) document.addEventListener(kind, stay, true);
  live('still', 'not live');
  notice(`Read-only: the journal ${who.journal}. `, 'other', h('a', { href: '/', 'data-own': true }, 'Back to the program\u2019s own'));
} else connect();
export { words };
