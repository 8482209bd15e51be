// What brings journal and exchange together: adopt, write off, correct, deposit, withdraw. Each shows first what it would change.
import { api, ask, h, n, quantity, table, tag, time, who } from './lib.js';

const number = (name, label, value, more = {}) => h('label', {}, label, h('input', { name, inputmode: 'decimal', autocomplete: 'off', pattern: '[0-9]+([.][0-9]+)?', title: 'A number like 0.25', required: true, value: value ?? '', ...more }));
const symbol = value => h('label', {}, 'Symbol', h('input', { name: 'symbol', autocomplete: 'off', required: true, value: value ?? who.symbols[0] }));
const cash = 'Cash, USD';

/** The bookings: what each is, and what it asks for. */
const bookings = {
  adopt: { label: 'Adopt', title: 'Adopt units?', told: 'Units that are on the exchange become the account\u2019s; its exits hold for them from then on. They count as paid in at their price, less what cash paid.',
    fields: given => [symbol(given.symbol), number('quantity', 'Units', given.quantity), number('price', 'What a unit cost, USD', given.price), number('amountUsd', 'What the account\u2019s cash paid, USD (empty for nothing)', '', { required: false })] },
  'write-off': { label: 'Write off', title: 'Write units off?', told: 'Units that are no longer on the exchange leave the account, realised at a price: what they brought is cash.', danger: true,
    fields: given => [symbol(given.symbol), number('quantity', 'Units that are gone', given.quantity), number('price', 'What a unit brought, USD (0 for nothing)', given.price)] },
  correct: { label: 'Correct units', title: 'Set right how many units are held?', told: 'Nothing is gained or lost by it: a loss is written off.', danger: true,
    fields: given => [symbol(given.symbol), number('quantity', 'Units that are held', given.quantity)] },
  'correct-cash': { command: 'correct', label: 'Correct cash', title: 'Set right how much cash there is?', told: 'Nothing is gained or lost by it.', danger: true, fields: () => [number('amountUsd', cash)] },
  deposit: { label: 'Deposit', title: 'Book cash that was paid in?', told: 'It is neither gain nor loss.', fields: given => [number('amountUsd', cash, given.quantity)] },
  withdraw: { label: 'Withdraw', title: 'Book cash that was paid out?', told: 'It is neither gain nor loss.', fields: given => [number('amountUsd', cash, given.quantity)] },
};

const given = form => Object.fromEntries(['symbol', 'difference', 'quantity', 'price', 'amountUsd'].map(name => [name, form.elements[name]?.value.trim()]).filter(([, value]) => value)
  .map(([name, value]) => [name, name === 'symbol' || name === 'difference' ? value : Number(value)]));

/** The second question: what would change, why, and a typed word. */
async function confirm(name, body) {
  const { title, danger } = bookings[name];
  const command = bookings[name].command ?? name;
  const would = await api(`/control/${command}?dryRun=true`, { method: 'POST', body: { ...body, reason: 'look' } });
  ask({ title, told: would.changes.length ? `Then ${would.told}.` : 'That is as it is already.', label: bookings[name].label, danger: danger ?? false, word: command, extra: [
    would.changes.length ? h('table', { id: 'would' }, h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'What'), h('th', { scope: 'col', class: 'n' }, 'Now'), h('th', { scope: 'col', class: 'n' }, 'Then'))),
      h('tbody', {}, would.changes.map(change => h('tr', {}, h('td', {}, change.name), n(change.was || '–'), n(change.now || '–'))))) : null],
  act: async (reason, key) => (await api(`/control/${command}`, { method: 'POST', key, body: { ...body, reason } })).told });
}

function begin(name, preset = {}) {
  const booking = bookings[name];
  ask({ title: booking.title, told: booking.told, label: 'Show what would change', why: false, fields: booking.fields(preset), act: async (_, key, form) => { await confirm(name, given(form)); } });
}

/** The buttons of all bookings. */
export const buttons = () => Object.keys(bookings).map(name => h('button', { type: 'button', onclick: () => begin(name) }, `${bookings[name].label}…`));

// What an operator can do about a difference, with the figures that are known.
function offer(row) {
  if (row.kind === 'doubt') return 'Resume, accepting the differences, books it as the exchange reports it.';
  if (row.kind !== 'balance') return h('button', { type: 'button', 'data-key': row.key, onclick: () => ask({ title: `Adopt this ${row.kind}?`, told: `${row.key} becomes the account\u2019s, at its own price.`, label: 'Show what would change', why: false, act: async () => { await confirm('adopt', { difference: row.key }); } }) }, 'Adopt…');
  const more = row.observed > row.expected;
  const isCash = /^(USD|USDT|USDC|EUR|GBP)$/.test(row.key.slice('balance/'.length));
  if (!row.symbol && !isCash) return 'Not traded here: resume, accepting the differences, takes it as it is.';
  const name = row.symbol ? more ? 'adopt' : 'write-off' : more ? 'deposit' : 'withdraw';
  return h('button', { type: 'button', 'data-key': row.key, onclick: () => begin(name, { symbol: row.symbol, quantity: Number(Math.abs(row.observed - row.expected).toFixed(12)), price: row.lastPrice }) }, `${bookings[name].label}…`);
}

/** Shows what exchange and journal do not agree about. */
export const differences = (rows, operates) => table('differences', [row => h('td', {}, tag(row.kind, 'warn'), ' ', row.key.slice(row.key.indexOf('/') + 1)), row => n(quantity(row.expected)), row => n(quantity(row.observed)), row => time(row.foundAt),
  row => operates ? offer(row) : ''], rows, 'Exchange and journal agree.');
