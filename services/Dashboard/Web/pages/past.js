import { $, api, ApiError, count, dash, fill, guarded, h, lasting, may, money, n, number, quantity, side, signed, table, tag, time, toast, who } from '../lib.js';

const picked = new Map();
const what = run => `${run.request.kind}${run.request.journal ? ` of ${run.request.journal}` : ''}${run.request.strategy ? `, ${run.request.strategy}` : ''}${run.request.from ? ` from ${run.request.from.slice(0, 10)}` : ''}${run.request.to ? ` to ${run.request.to.slice(0, 10)}` : ''}${Object.entries(run.request.set ?? {}).map(([name, value]) => `, ${name}=${value}`).join('')}`;

let past = null, timer = null, watched = null;

async function load() {
  past = await guarded('runs', () => api('/past')) ?? past;
  if (!past) return;
  $('missing').textContent = past.missing ?? '';
  $('missing').hidden = !past.missing;
  $('go').disabled = !!past.missing || !may.run;
  if ($('strategies').options.length === 1) $('strategies').append(...past.strategies.map(name => h('option', {}, name)));
  if ($('from-journal').options.length === 1) $('from-journal').append(...past.journals.filter(row => !row.shown && row.events > 0).map(row => h('option', {}, row.database)));
  show();
  table('journals', [row => row.database, row => tag(row.kind, row.kind === 'live' ? 'gain' : ''), row => time(row.from), row => time(row.to), row => n(count(row.events)), row => n(count(row.trades)), row => n(count(row.sealedTo)), row => n(`${(row.bytes / 1048576).toFixed(1)} MB`),
    row => row.shown && !who.journal || row.database === who.journal ? tag('shown', 'gain') : row.events ? h('a', { class: 'button', href: row.shown ? '/' : `/?journal=${encodeURIComponent(row.database)}`, 'data-own': true, 'aria-label': `Open ${row.database}` }, row.shown ? 'Back to it' : 'Open') : 'empty'], past.journals, 'None.');
}

function show() {
  const running = past.runs.find(run => run.state === 'running');
  $('stop').hidden = !running || !may.run;
  progress(running);
  table('runs', [
    row => row.state === 'done' ? h('input', { type: 'checkbox', 'aria-label': `Show run ${row.id}`, checked: picked.has(row.id), onchange: event => pick(row, event.target.checked) }) : '',
    row => n(String(row.id)), row => h('td', {}, what(row), row.told ? h('div', { class: 'wrong' }, row.told) : ''), row => row.by, row => tag(row.state, row.state === 'done' ? 'gain' : row.state === 'running' ? 'warn' : 'loss'), row => n(row.state === 'running' ? dash : lasting(row.seconds)),
    row => row.hasReport ? h('a', { href: `/api/v1/past/runs/${row.id}/report`, target: '_blank', rel: 'noopener' }, 'report') : '',
  ], past.runs, 'Nothing was run yet.');
  clearTimeout(timer);
  if (running) timer = setTimeout(() => follow(running.id), 500);
}

const progress = run => fill('progress', run ? [h('p', {}, `Run ${run.id} is under way: ${lasting(run.seconds)}`), h('progress', { 'aria-label': `Run ${run.id}` })] : '');

/** Asks for one run alone while it is under way. */
async function follow(id) {
  const run = await guarded('progress', () => api(`/past/runs/${id}`));
  if (run?.state === 'running') {
    progress(run);
    timer = setTimeout(() => follow(id), 1000);
    return;
  }
  await load();
  if (run?.state === 'done' && watched === id) await pick(run, true);
}

async function pick(run, on) {
  if (!on) picked.delete(run.id);
  else {
    if (picked.size === 2) picked.delete(picked.keys().next().value);
    const whole = await guarded('figures', () => api(`/past/runs/${run.id}`));
    if (!whole) return;
    picked.set(run.id, whole);
  }
  figures();
  show();
}

const reasons = { None: 'the same', MissingData: 'missing data', Price: 'another price', Fill: 'another fill of the same order', Size: 'another size', Decision: 'another decision' };
const trade = made => made ? `${made.side.toLowerCase()} ${quantity(made.quantity)} at ${money(made.price)}` : dash;

/** What was traded beside what the backtest makes of the same prices: the reasons first, then each trade that differs. */
function driftOf(found) {
  const lines = found.lines ?? [], differ = lines.filter(line => line.reason !== 'None');
  const sums = Object.keys(reasons).map(reason => [reason, lines.filter(line => line.reason === reason)]).filter(([, rows]) => rows.length);
  const head = (...names) => h('thead', {}, h('tr', {}, names.map(([name, right]) => h('th', { scope: 'col', class: right ? 'n' : '' }, name))));
  return [h('p', {}, `${count(found.trades)} trades of the journal, ${count(found.tested)} of the backtest. ${differ.length ? '' : 'Every trade is the same, to the last digit.'}`), found.warning ? h('p', { class: 'warn' }, found.warning) : null,
    h('table', {}, head(['Why'], ['Trades', true], ['Cash more or less, USD', true]), h('tbody', {}, sums.map(([reason, rows]) => h('tr', {}, h('td', {}, reasons[reason]), n(count(rows.length)), n(signed(rows.reduce((sum, row) => sum + row.cashUsd, 0)), side(rows.reduce((sum, row) => sum + row.cashUsd, 0))))))),
    differ.length ? h('table', {}, head(['Price of'], ['Journal'], ['Backtest'], ['Why'], ['Cash', true]), h('tbody', {}, differ.slice(0, 200).map(row => h('tr', {}, h('td', {}, time(new Date(row.at * 1000))), h('td', {}, trade(row.traded)), h('td', {}, trade(row.tested)), h('td', {}, `${reasons[row.reason] ?? row.reason}${row.detail ? `: ${row.detail}` : ''}`), n(signed(row.cashUsd), side(row.cashUsd)))))) : null,
    differ.length > 200 ? h('p', { class: 'dim' }, `and ${count(differ.length - 200)} more`) : null];
}

const text = value => value === null || value === undefined ? dash : typeof value === 'number' ? Number.isInteger(value) ? count(value) : Math.abs(value) >= 1000 ? money(value) : number(value, 4) : String(value);

function figures() {
  const runs = [...picked.values()];
  if (runs.length === 0) { fill('figures', h('p', { class: 'empty' }, 'Pick one run to see its figures, two to compare them.')); return; }
  const drift = runs.find(run => run.request.kind === 'drift');
  if (drift) {
    fill('figures', ...driftOf(drift.figures));
    return;
  }
  const flat = runs.map(run => ({ strategy: run.figures.strategy, from: run.figures.from, to: run.figures.to, bars: run.figures.bars, orders: run.figures.orders, 'closed trades': run.figures.closedTrades, winners: run.figures.winners, 'equity USD': run.figures.equityUsd, 'fees USD': run.figures.feesUsd, 'deepest fall': run.figures.maxDrawdown, ...run.figures.metrics }));
  const names = [...new Set(flat.flatMap(figure => Object.keys(figure)))];
  fill('figures', h('table', {}, h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Figure'), runs.map(run => h('th', { scope: 'col', class: 'n' }, `run ${run.id}`)), runs.length === 2 ? h('th', { scope: 'col', class: 'n' }, 'difference') : '')),
    h('tbody', {}, names.map(name => h('tr', {}, h('th', { scope: 'row' }, name), flat.map(figure => n(text(figure[name]))), runs.length === 2 ? n(typeof flat[0][name] === 'number' && typeof flat[1][name] === 'number' ? text(flat[1][name] - flat[0][name]) : '') : '')))));
}

$('form').addEventListener('submit', async event => {
  event.preventDefault();
  const given = new FormData($('form'));
  const set = Object.fromEntries(given.get('set').split('\n').map(line => line.trim()).filter(Boolean).map(line => [line.split('=')[0].trim(), line.split('=').slice(1).join('=').trim()]));
  const at = name => given.get(name) ? `${given.get(name)}T00:00:00Z` : null;
  try {
    const run = await api('/past/runs', { method: 'POST', body: { kind: given.get('kind'), from: at('from'), to: at('to'), strategy: given.get('strategy') || null, set, journal: given.get('journal') || who.journal || null } });
    watched = run.id;
    await load();
  } catch (failure) {
    if (!(failure instanceof ApiError)) throw failure;
    toast(failure.message, true);
  }
});
$('stop').addEventListener('click', async () => { await api('/past/runs/current', { method: 'DELETE' }); await load(); });
await load();
