import { $, about, api, calm, count, dash, fill, guarded, h, lasting, money, n, percent, quantity, share, side, signed, table, tag, tile, time, who, words } from '../lib.js';
import { stream } from '../frame.js';

const form = $('filters');
form.elements.symbol.append(...who.symbols.map(symbol => h('option', {}, symbol)));
const columns = [
  ['at', 'Time', row => time(row.at)], ['symbol', 'Symbol', row => row.symbol], ['side', 'Side', row => tag(row.side, row.side === 'buy' ? '' : row.resultUsd > 0 ? 'gain' : 'loss')],
  ['quantity', 'Quantity', row => n(quantity(row.quantity)), 'n'], ['price', 'Price', row => n(money(row.price)), 'n'], ['feeUsd', 'Fee', row => n(money(row.feeUsd)), 'n'],
  ['resultUsd', 'Result', row => n(row.resultUsd === null ? dash : `${signed(row.resultUsd)} (${percent(row.resultPercent)})`, side(row.resultUsd)), 'n'],
  ['reason', 'Reason', row => words(row.reason)], ['heldSeconds', 'Held', row => n(lasting(row.heldSeconds)), 'n'], ['tradeId', '', row => h('a', { href: `/decisions/${row.tradeId}`, 'aria-label': `Why: ${row.side} ${row.symbol} ${row.at}` }, 'why')],
];
let rows = [], next = null, total = 0, sort = ['at', -1], days = [], month = null, picked = null;

function heads() {
  fill('heads', columns.map(([name, title, , kind]) => h('th', { scope: 'col', class: kind ?? '', 'aria-sort': sort[0] === name ? (sort[1] > 0 ? 'ascending' : 'descending') : false },
    title ? h('button', { type: 'button', onclick: () => { sort = [name, sort[0] === name ? -sort[1] : -1]; heads(); show(); } }, title) : h('span', { class: 'skip' }, 'Link'))));
}

function show() {
  const [name, way] = sort;
  const value = row => row[name] === null ? -Infinity : row[name];
  const sorted = [...rows].sort((left, right) => way * (value(left) > value(right) ? 1 : value(left) < value(right) ? -1 : 0));
  $('total').textContent = `${count(total)} trades${rows.length < total ? `, the newest ${count(rows.length)} shown` : ''}`;
  $('more').hidden = next === null;
  table('rows', columns.map(column => column[2]), sorted, query().size ? 'No trade is like this.' : 'No trade yet.');
}

function query() {
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (!value) continue;
    const day = name === 'from' || name === 'to' ? new Date(`${value}T00:00:00Z`) : null;
    if (name === 'to') day.setUTCDate(day.getUTCDate() + 1);
    asked.set(name, day ? day.toISOString() : value);
  }
  return asked;
}

async function totals() {
  $('csv').href = about(`/api/v1/trades.csv${query().size ? `?${query()}` : ''}`);
  const all = await guarded('by-reason', () => api(`/trades/totals?${query()}`), 't-result', 't-won', 't-fees', 't-volume', 't-best', 't-worst');
  if (!all) return;
  tile('t-result', signed(all.resultUsd), `${count(all.sales)} sales`, side(all.resultUsd));
  tile('t-won', all.sales ? share(all.won / all.sales) : dash, `${count(all.won)} of ${count(all.sales)}`);
  tile('t-fees', money(all.feesUsd), all.volumeUsd ? `${(all.feesUsd / all.volumeUsd * 100).toFixed(3)} % of the volume` : '');
  tile('t-volume', money(all.volumeUsd), `${count(all.buys)} buys`);
  tile('t-best', all.sales ? signed(all.bestUsd) : dash, '', side(all.bestUsd));
  tile('t-worst', all.sales ? signed(all.worstUsd) : dash, '', side(all.worstUsd));
  table('by-reason', [row => words(row.reason), row => n(count(row.sales)), row => n(share(row.won / row.sales)), row => n(signed(row.resultUsd), side(row.resultUsd))], all.reasons, 'No sale yet.');
  const known = [...$('reasons').options].map(option => option.value);
  $('reasons').append(...all.reasons.filter(row => !known.includes(row.reason)).map(row => h('option', { value: row.reason }, words(row.reason))));
}

async function load(more = false) {
  const asked = query();
  asked.set('limit', 200);
  if (more) asked.set('before', next);
  const page = await guarded('rows', () => api(`/trades?${asked}`));
  if (!page) return;
  rows = more ? [...rows, ...page.items] : page.items;
  [next, total] = [page.next, page.total];
  show();
}

function calendar() {
  const known = new Map(days.map(day => [day.day, day]));
  month ??= (days.at(-1)?.day ?? new Date().toISOString()).slice(0, 7);
  const [year, number] = month.split('-').map(Number);
  const first = new Date(Date.UTC(year, number - 1, 1));
  const length = new Date(Date.UTC(year, number, 0)).getUTCDate();
  const ofMonth = days.filter(day => day.day.startsWith(month));
  $('month').textContent = first.toLocaleString('en-US', { month: 'long', year: 'numeric', timeZone: 'UTC' });
  $('month-total').textContent = ofMonth.length ? `Month ${signed(ofMonth.reduce((sum, day) => sum + day.profitUsd, 0))} USD, ${count(ofMonth.reduce((sum, day) => sum + day.trades, 0))} trades. A day opens its trades.` : 'Nothing in this month.';
  fill('calendar', ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'].map(name => h('span', { class: 'head' }, name)), Array.from({ length: (first.getUTCDay() + 6) % 7 }, () => h('span')),
    Array.from({ length }, (_, at) => {
      const name = `${month}-${String(at + 1).padStart(2, '0')}`;
      const day = known.get(name);
      return day ? h('button', { type: 'button', class: `day ${side(day.profitUsd)}`, 'aria-pressed': picked === name, 'aria-label': `${name}: ${signed(day.profitUsd)} USD, ${day.trades} trades`, onclick: () => pick(name) }, h('b', {}, String(at + 1)), signed(day.profitUsd).replace(/\.\d+$/, match => Math.abs(day.profitUsd) >= 100 ? '' : match))
        : h('span', { class: 'day' }, h('b', {}, String(at + 1)));
    }));
}

function pick(name) {
  picked = picked === name ? null : name;
  form.elements.from.value = form.elements.to.value = picked ?? '';
  calendar();
  load();
  totals();
}

function move(by) {
  const [year, number] = month.split('-').map(Number);
  month = new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7);
  calendar();
}

async function loadDays() {
  const found = await guarded('calendar', () => api('/days'));
  if (!found) return;
  days = found;
  calendar();
}

async function tax() {
  const asked = new URLSearchParams(new FormData($('tax-form')));
  asked.set('limit', 500);
  const year = await guarded('tax', () => api(`/tax?${asked}`));
  if (!year) { $('tax-told').textContent = ''; return; }
  $('tax-told').textContent = `${count(year.disposalsTotal)} parts of lots sold: proceeds ${money(year.proceedsUsd)}, cost ${money(year.costUsd)}, gain ${signed(year.gainUsd)} USD; ${count(year.openTotal)} lots are not sold.`;
  table('tax', [row => row.symbol, row => n(quantity(row.quantity)), row => time(row.acquiredAt), row => time(row.soldAt), row => n(money(row.proceedsUsd)), row => n(money(row.costUsd)), row => n(signed(row.gainUsd), side(row.gainUsd))], year.disposals, 'Nothing was sold in this year.');
}

heads();
form.addEventListener('change', () => { load(); totals(); });
form.addEventListener('reset', () => setTimeout(() => { picked = null; calendar(); load(); totals(); }));
form.addEventListener('submit', event => event.preventDefault());
$('more').addEventListener('click', () => load(true));
$('earlier').addEventListener('click', () => move(-1));
$('later').addEventListener('click', () => move(1));
$('tax-form').addEventListener('change', tax);
$('tax-form').addEventListener('submit', event => event.preventDefault());
// A row that is there already changes in its place; what older pages the reader has opened stay open.
const newest = async () => {
  const asked = query();
  asked.set('limit', 50);
  const page = await guarded('rows', () => api(`/trades?${asked}`));
  if (!page) return;
  const fresh = new Set(page.items.map(row => row.tradeId));
  rows = [...page.items, ...rows.filter(row => !fresh.has(row.tradeId))];
  if (rows.length <= page.items.length) next = page.next;
  total = page.total;
  show();
};
const refresh = calm(() => { newest(); totals(); loadDays(); }, 2000);
stream.addEventListener('trade', refresh);
stream.addEventListener('reset', () => { load(); totals(); loadDays(); });
await Promise.all([load(), totals(), loadDays()]);
$('tax-form').elements.year.value = (days.at(-1)?.day ?? new Date().toISOString()).slice(0, 4);
await tax();
