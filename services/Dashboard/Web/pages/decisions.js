import { $, about, api, count, guarded, h, money, n, number, outcome, percent, quantity, rule, side, table, time, who, words } from '../lib.js';
import { stream } from '../frame.js';

const form = $('filters');
form.elements.symbol.append(...who.symbols.map(symbol => h('option', {}, symbol)));
const names = { 'no-hold': 'all but holds' };
const filters = await guarded('rows', () => api('/decisions/words'));
for (const [field, known, text] of [['action', filters?.actions, words], ['outcome', filters?.outcomes, name => names[name] ?? words(name)], ['refusedBy', filters?.rules, rule]])
  form.elements[field].append(...(known ?? []).map(name => h('option', { value: name }, text(name))));
for (const [name, value] of new URLSearchParams(location.search)) if (form.elements[name]) form.elements[name].value = value;

let rows = [], next = null, total = 0, waiting = 0;
const top = () => scrollY < 200;

function query() {
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) asked.set(name, name === 'from' || name === 'to' ? new Date(value).toISOString() : value);
  return asked;
}

function show() {
  $('total').textContent = `${count(total)} decisions`;
  $('more').hidden = next === null;
  $('fresh').hidden = waiting === 0;
  $('fresh').textContent = `${waiting} new`;
  table('rows', [
    row => time(row.decidedAt), row => h('td', { class: 'wide' }, row.symbol), row => n(money(row.price)), row => n(percent(row.predictedMovePercent, 3), `wide ${side(row.predictedMovePercent)}`),
    row => n(number(row.confidence, 2), 'wide'), row => h('td', { class: 'wide' }, row.exit ? words(row.exit) : row.action), row => outcome(row), row => n(quantity(row.quantity), 'wide'), row => n(money(row.filledPrice), 'wide'),
    row => h('a', { href: `/decisions/${row.tradeId}`, 'aria-label': `Why: ${row.symbol} at ${row.decidedAt}` }, 'why'),
  ], rows, query().size ? 'No decision is like this.' : 'No decision yet.');
}

async function load(more = false) {
  const asked = query();
  history.replaceState(null, '', about(asked.size ? `${location.pathname}?${new URLSearchParams([...new FormData(form)].filter(([, value]) => value))}` : location.pathname));
  asked.set('limit', 50);
  if (more) asked.set('before', next);
  const page = await guarded('rows', () => api(`/decisions?${asked}`));
  if (!page) return;
  rows = more ? [...rows, ...page.items] : page.items;
  [next, total] = [page.next, page.total];
  if (!more) waiting = 0;
  show();
}

function matches(row) {
  const asked = query();
  const wanted = asked.get('outcome');
  return (!asked.get('symbol') || row.symbol === asked.get('symbol')) && (!asked.get('action') || row.action === asked.get('action')) && !asked.get('from') && !asked.get('to')
    && (!wanted || row.outcome === wanted || (wanted === 'no-hold' && row.outcome !== 'hold') || (wanted === 'approved' && !['hold', 'refused'].includes(row.outcome)))
    && (!asked.get('refusedBy') || row.refusedBy === asked.get('refusedBy'));
}

stream.addEventListener('decision', event => {
  const row = event.detail;
  const at = rows.findIndex(known => known.tradeId === row.tradeId);
  if (at >= 0) rows[at] = row;
  else if (!matches(row)) return;
  else if (!top()) { waiting++; total++; $('fresh').hidden = false; $('fresh').textContent = `${waiting} new`; return; }
  else { rows = [row, ...rows].slice(0, 500); total++; }
  show();
});
stream.addEventListener('reset', () => load());
form.addEventListener('change', () => load());
form.addEventListener('reset', () => setTimeout(load));
form.addEventListener('submit', event => event.preventDefault());
$('more').addEventListener('click', () => load(true));
$('fresh').addEventListener('click', async () => { await load(); scrollTo({ top: 0 }); });
await load();
