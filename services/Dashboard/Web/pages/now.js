import { api, calm, count, dash, fill, guarded, h, money, n, outcome, percent, quantity, side, signed, table, tag, tile, time, whenChanged, who, words } from '../lib.js';
import { show as frame, stream } from '../frame.js';
import { stateLine } from '../control.js';
import { curve } from '../curve.js';

const draw = curve('equity', 'equity-legend');
const orders = whenChanged(open => fill('orders', open.length ? [h('h3', {}, 'Open orders'), h('ul', { class: 'list' }, open.map(order =>
  h('li', {}, tag(order.side), h('span', {}, `${quantity(order.quantity)} ${order.symbol} at no worse than ${money(order.worstPrice)} `, h('a', { href: `/decisions/${order.tradeId}` }, 'why')))))] : []));
const health = whenChanged(parts => fill('health', who.journal ? h('li', { class: 'empty' }, 'Reported for the program\u2019s own journal alone.') : parts.map(part => h('li', {}, h('span', { class: `mark ${part.state}`, role: 'img', 'aria-label': part.state }), h('span', {}, h('b', {}, part.name), ' ', h('span', { class: 'dim' }, part.told))))));
const last = whenChanged(decision => fill('last', decision ? [
  h('p', {}, time(decision.decidedAt), ` · ${decision.symbol} ${money(decision.price)}`), h('p', {}, outcome(decision)), h('p', {}, sentence(decision)),
  h('p', {}, h('a', { href: `/decisions/${decision.tradeId}` }, 'Why'))] : h('p', { class: 'empty' }, 'No decision yet: the models need some prices first.')));
const positions = whenChanged(held => table('positions', [
  row => row.symbol, row => n(quantity(row.quantity)), row => n(money(row.entryPrice)), row => n(money(row.price)), row => n(money(row.worthUsd)),
  row => n(`${signed(row.unrealisedUsd)} (${percent(row.unrealisedPercent)})`, side(row.unrealisedUsd)),
  row => n(row.stopPrice === null ? dash : `${money(row.stopPrice)} (${percent(-row.stopDistancePercent)})`), row => n(money(row.targetPrice)), row => time(row.enteredAt),
], held, 'Nothing is held.'));

function show(now) {
  const account = now.account;
  stateLine(account);
  tile('t-equity', money(now.equityUsd), `started with ${money(now.startEquityUsd)}`);
  tile('t-day', signed(now.dayProfitUsd), percent(now.dayProfitPercent), side(now.dayProfitUsd));
  tile('t-all', signed(now.profitUsd), percent(now.profitPercent), side(now.profitUsd));
  tile('t-hold', percent(now.buyAndHoldPercent), now.profitPercent === null || now.buyAndHoldPercent === null ? '' : `${percent(now.profitPercent - now.buyAndHoldPercent)} against it`);
  tile('t-cash', money(account?.cashUsd), account?.reservedUsd > 0 ? `${money(account.reservedUsd)} reserved` : `fees ${money(now.feesUsd)}`);
  tile('t-fall', percent(-now.maxDrawdownPercent), `${count(now.trades)} trades, ${count(now.decisions)} decisions`);
  positions(now.positions);
  orders(account?.openOrders ?? []);
  last(now.lastDecision);
  health(now.health);
}

function sentence(decision) {
  const asked = decision.exit ? `The position was to be left: ${words(decision.exit)}.` : decision.predictedMovePercent === null ? 'No model answered.'
    : `The models expect ${percent(decision.predictedMovePercent, 3)} with a confidence of ${decision.confidence.toFixed(2)}.`;
  return `${asked} ${decision.outcome === 'hold' ? 'That asks for nothing.' : `${decision.told[0].toUpperCase()}${decision.told.slice(1)}.`}`;
}

async function alerts() {
  const rows = await guarded('alerts', () => api('/alerts?limit=8'));
  if (!rows) return;
  fill('alerts', rows.length ? rows.map(row => h('li', {}, time(row.raisedAt), h('span', {}, h('b', {}, row.subject), ' ', h('span', { class: 'dim' }, row.text.split('\n').slice(0, 3).join(' · ')), row.state === 'sent' ? '' : h('span', { class: 'warn' }, ` (${row.state})`))))
    : h('li', { class: 'empty' }, 'No alert.'));
}

async function equity() {
  const points = await guarded('equity', () => api('/equity?points=400'));
  if (points) draw.all(points);
}

stream.addEventListener('now', event => {
  show(event.detail);
  draw.add(event.detail);
});
stream.addEventListener('alert', calm(alerts, 2000));
stream.addEventListener('reset', () => { equity(); alerts(); });
const now = await guarded('last', () => api('/now'), 't-equity', 't-day', 't-all', 't-hold', 't-cash', 't-fall', 'positions', 'health');
if (now) { frame(now); show(now); }
await Promise.all([equity(), alerts()]);
