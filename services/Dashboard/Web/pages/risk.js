import { $, api, ask, bar, calm, fill, guarded, h, may, money, n, quantity, rule, share, table, tag, time, whenChanged } from '../lib.js';
import { show as frame, stream } from '../frame.js';
import { cancel, stateLine } from '../control.js';
import { buttons, differences } from '../booking.js';

let limits = null, acts = [], next = null;
const value = (row, which) => row.unit === 'usd' ? `${money(row[which])} USD` : row.unit === 'share' ? share(row[which]) : quantity(row[which]);

const orders = whenChanged(open => table('orders', [row => tag(row.side), row => row.symbol, row => n(quantity(row.quantity)), row => n(money(row.worstPrice)), row => n(money(row.reservedUsd)),
  row => h('div', { class: 'buttons' }, h('a', { class: 'button', href: `/decisions/${row.tradeId}` }, 'Why'), may.operate ? h('button', { type: 'button', class: 'danger', onclick: () => cancel(row) }, 'Cancel') : null)], open, 'No order is open.'));
const uses = rows => table('uses', [row => h('td', {}, h('b', {}, rule(row.rule)), h('div', { class: 'dim' }, row.told)), row => n(value(row, 'used')), row => n(value(row, 'limit')), row => bar(row.share, `${Math.round(row.share * 100)} % of the limit`)], rows, 'Told with the first decision.');

function show(now) {
  stateLine(now.account);
  orders(now.account?.openOrders ?? []);
}

function all() {
  $('version').textContent = limits.version ? `version ${limits.version}` : '';
  $('limits-told').textContent = may.operate ? 'Type a new value, or none for no limit; what would change is shown before it is set.' : 'Your role may not change them.';
  $('change').hidden = !may.operate || limits.all.length === 0;
  table('limits', [row => h('label', { for: `limit-${row.name}` }, row.name), row => n(row.value), row => may.operate ? h('input', { id: `limit-${row.name}`, name: row.name, autocomplete: 'off', size: 14 }) : ''], limits.all, 'Set with the first decision.');
  fill('history', limits.history.length ? limits.history.map(version => h('li', {}, tag(`version ${version.version}`), h('span', {}, time(version.at), ` by ${version.by}: ${version.reason}`, h('span', { class: 'dim' }, version.changes.length ? ` ${version.changes.map(change => `${change.name} ${change.was} → ${change.now}`).join(', ')}` : ''))))
    : h('li', { class: 'empty' }, 'Nothing yet.'));
}

async function load(whole = true) {
  const found = await guarded('uses', () => api('/limits'));
  if (!found) return;
  const changed = limits?.version !== found.version;
  limits = found;
  uses(found.uses);
  if (whole || changed) all();
}

const drawDifferences = whenChanged(rows => differences(rows, may.operate));

async function loadDifferences() {
  const rows = await guarded('differences', () => api('/differences'));
  if (rows) drawDifferences(rows);
}

async function loadActs(more = false) {
  const page = await guarded('acts', () => api(`/acts?limit=20${more ? `&before=${next}` : ''}`));
  if (!page) return;
  acts = more ? [...acts, ...page.items] : page.items;
  next = page.next;
  $('more').hidden = next === null;
  table('acts', [row => time(row.at), row => row.what, row => row.by, row => row.reason], acts, 'Nobody has done anything yet.');
}

$('limits-form').addEventListener('submit', async event => {
  event.preventDefault();
  const set = Object.fromEntries([...new FormData($('limits-form'))].filter(([, text]) => text.trim()).map(([name, text]) => [name, text.trim()]));
  if (Object.keys(set).length === 0) { $('limits-told').textContent = 'Type at least one new value.'; return; }
  const would = await guarded('limits-told', () => api('/limits?dryRun=true', { method: 'POST', body: { reason: 'look', set } }));
  if (!would) return;
  if (would.changes.length === 0) { $('limits-told').textContent = 'That is as it is already.'; return; }
  ask({ title: 'Change these limits?', told: 'They hold from the next decision on.', label: 'Change the limits', word: 'change',
    extra: [h('table', {}, h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Limit'), h('th', { scope: 'col', class: 'n' }, 'Now'), h('th', { scope: 'col', class: 'n' }, 'Then'))), h('tbody', {}, would.changes.map(change => h('tr', {}, h('td', {}, change.name), n(change.was), n(change.now)))))],
    act: async (reason, key) => { const done = await api('/limits', { method: 'POST', key, body: { reason, set, seen: would.version } }); await load(); return `Version ${done.version} is in force.`; } });
});
$('more').addEventListener('click', () => loadActs(true));
const refresh = calm(() => load(false), 5000);
const compare = calm(loadDifferences, 1000);
const latched = whenChanged(compare);
let seen = null;
stream.addEventListener('now', event => {
  show(event.detail);
  latched(event.detail.account?.latches ?? []);
  if (seen !== event.detail.sequence) refresh();
  seen = event.detail.sequence;
});
stream.addEventListener('act', calm(() => { loadActs(); compare(); }, 500));
stream.addEventListener('reset', () => { load(); loadActs(); compare(); });
const now = await guarded('line-since', () => api('/now'));
if (now) { frame(now); show(now); }
if (may.operate) { $('bookings').append(...buttons()); $('bookings-told').hidden = false; }
await Promise.all([load(), loadActs(), loadDifferences()]);
