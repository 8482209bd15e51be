// Commands: only those that the state and the reader's role allow, each with a reason.
import { $, api, ask, fill, h, may, time, words } from './lib.js';
import { stateOf } from './frame.js';

const give = (command, seen = null) => async (reason, key, form) => (await api(`/control/${command}`, { method: 'POST', key, body: {
  reason, symbol: form.elements.symbol?.value || null, order: form.elements.order?.value || null,
  confirmReal: form.elements.confirmReal?.checked ?? false, acceptDifferences: form.elements.acceptDifferences?.checked ?? false, seen } })).told;

const symbol = () => h('label', {}, 'Symbol (empty for the whole account)', h('input', { name: 'symbol', autocomplete: 'off' }));

/** The commands, and when they make sense. */
export const commands = {
  halt: { label: 'Halt', danger: true, may: () => may.stop, when: account => account.state !== 'halted',
    ask: () => ask({ title: 'Halt all trading?', told: 'No order is sent any more, sales and stops included, until trading is resumed.', label: 'Halt', danger: true, fields: [symbol()], act: give('halt') }) },
  reduce: { label: 'Reduce only', may: () => may.stop, when: account => account.state !== 'reducing',
    ask: () => ask({ title: 'Only make positions smaller?', told: 'Nothing is bought until trading is resumed; stops and sales go on.', label: 'Reduce only', fields: [symbol()], act: give('reduce') }) },
  resume: { label: 'Resume', may: () => may.operate, when: account => account.state !== 'active' || account.latches.length > 0,
    ask: account => {
      const real = account.latches.some(text => text.includes('waits for resume --confirm-real'));
      const differs = account.latches.some(text => text.includes('--accept-differences'));
      ask({ title: 'Resume trading?', told: 'Trading goes on, and the counters of losses and unreviewed executions start again.', label: 'Resume', word: real ? 'real' : null, danger: real,
        fields: [symbol(), differs ? h('label', {}, h('span', {}, h('input', { type: 'checkbox', name: 'acceptDifferences' }), ' Accept the differences to the exchange as they are')) : null,
          real ? h('label', {}, h('span', {}, h('input', { type: 'checkbox', name: 'confirmReal', checked: true }), ' Allow the first order with REAL money')) : null],
        extra: [h('ul', {}, account.latches.map(text => h('li', {}, text.split('; trading control')[0])))], act: give('resume', real || differs ? account.seen : null) });
    } },
  flatten: { label: 'Flatten', danger: true, may: () => may.operate, when: account => account.positions.length > 0 || account.openOrders.length > 0,
    ask: () => ask({ title: 'Sell everything?', told: 'All positions are sold, a slice at each price, and nothing is bought until trading is resumed.', label: 'Sell everything', danger: true, word: 'flatten', act: give('flatten') }) },
};

/** Cancels an order. */
export const cancel = order => ask({ title: 'Cancel this order?', told: `${order.side} ${order.quantity} ${order.symbol}. One that was filled meanwhile stays filled.`, label: 'Cancel the order', danger: true,
  fields: [h('input', { type: 'hidden', name: 'order', value: order.tradeId })], act: give('cancel') });

let shown = '';

/** The line of the account's state: what it is, since when and by whom, what holds it, and what may be done about it. */
export function stateLine(account) {
  const [state, name] = stateOf(account);
  $('stateline').dataset.state = state;
  $('line-name').textContent = name;
  fill('line-since', account?.since ? [`${words(account.since.what)} by ${account.since.by} `, time(account.since.at), account.since.reason ? `: ${account.since.reason}` : ''] : account ? 'as it began' : 'The account is opened with the first decision.');
  // The buttons of this page stand in place of the commands that a terminal would take.
  fill('line-latches', (account?.latches ?? []).map(text => h('li', {}, text.split('; trading control')[0])));
  $('line-latches').hidden = !account?.latches.length;
  buttons('line-buttons', account);
}

/** The buttons of what may be done now. */
function buttons(id, account) {
  const names = account ? Object.keys(commands).filter(name => commands[name].may() && commands[name].when(account)) : [];
  const now = JSON.stringify([names, account?.latches]);
  if (now === shown) return;
  shown = now;
  $(id).replaceChildren(...names.map(name => h('button', { type: 'button', class: commands[name].danger ? 'danger' : '', onclick: () => commands[name].ask(account) }, commands[name].label)));
}
