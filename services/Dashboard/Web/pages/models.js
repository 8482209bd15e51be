import { $, api, calm, count, dash, fill, guarded, h, money, n, number, s, share, side, table, tag, time } from '../lib.js';
import { stream } from '../frame.js';

let models = [], rows = [], next = null;
const name = model => `${model.model} on ${model.symbol}`;
const picked = () => models.find(model => name(model) === $('names').value);

function show() {
  table('models', [
    row => row.model, row => row.symbol, row => n(row.signals ? `${share(row.hits / row.signals)} of ${count(row.signals)}` : dash), row => n(share(row.recentHitRate)), row => n(number(row.brier, 4)), row => n(number(row.skill, 3), side(row.skill)),
    row => n(row.errorPercent === null ? dash : `${number(row.errorPercent)} %`), row => n(row.noChangeErrorPercent === null ? dash : `${number(row.noChangeErrorPercent)} %`),
    row => { const cell = n(row.weight === null ? dash : number(row.weight, 2)); if (row.lostWeight) { cell.classList.add('loss'); cell.title = row.lostWeight; cell.append(h('div', {}, row.lostWeight)); } return cell; },
    row => { const cell = n(`${count(row.abstained)} of ${count(row.asked)}`); if (row.lastAbstention) cell.title = row.lastAbstention; return cell; },
    row => n(count(row.callsToday)), row => n(count(row.tokens)), row => n(row.latencyMilliseconds === null ? dash : `${Math.round(row.latencyMilliseconds)} ms`),
  ], models, 'No model has been asked yet.');
  const names = models.map(name);
  if (names.join() !== [...$('names').options].map(option => option.value).join()) {
    const kept = $('names').value;
    $('names').replaceChildren(...names.map(text => h('option', { value: text }, text)));
    if (names.includes(kept)) $('names').value = kept;
  }
  const model = picked();
  if (model) { days(model); calibration(model); }
  else for (const id of ['days', 'calibration']) fill(id, h('p', { class: 'empty' }, 'Nothing is scored yet: a prediction is, when its horizon has passed.'));
}

function days(model) {
  const shown = model.days.filter(day => day.signals > 0).slice(-60);
  if (shown.length === 0) { fill('days', h('p', { class: 'empty' }, 'No prediction with a side has been scored yet.')); return; }
  const step = Math.min(40, 600 / shown.length);
  fill('days', s('svg', { class: 'curve', viewBox: '0 0 600 160', preserveAspectRatio: 'none', role: 'img', 'aria-label': `Hit rate of ${shown.length} days; the last ${share(shown.at(-1).hits / shown.at(-1).signals)}` },
    ...shown.map((day, at) => { const rate = day.hits / day.signals; return s('rect', { x: at * step + step * 0.1, width: step * 0.8, y: 160 - rate * 160, height: rate * 160, fill: `var(--${rate >= 0.5 ? 'gain' : 'loss'})` }, s('title', {}, `${day.day}: ${share(rate)} of ${day.signals}, Brier ${number(day.brier)}`)); }),
    s('line', { class: 'axis', x1: 0, x2: 600, y1: 80, y2: 80 })), h('p', { class: 'dim' }, `${shown[0].day} to ${shown.at(-1).day}; the line is one half. The last day: ${share(shown.at(-1).hits / shown.at(-1).signals)} of ${count(shown.at(-1).signals)}, Brier ${number(shown.at(-1).brier)}.`));
}

function calibration(model) {
  if (model.calibration.length === 0) { fill('calibration', h('p', { class: 'empty' }, 'Nothing is scored yet.')); return; }
  fill('calibration', h('table', {}, h('thead', {}, h('tr', {}, ['Predicted chance of a rise', 'Predictions', 'Predicted', 'Actual'].map((text, at) => h('th', { scope: 'col', class: at ? 'n' : '' }, text)))),
    h('tbody', {}, model.calibration.map(bin => h('tr', {}, h('td', {}, `${Math.round(bin.from * 100)} to ${Math.round(bin.to * 100)} %`), n(count(bin.count)), n(share(bin.said)), n(share(bin.came), Math.abs(bin.said - bin.came) > 0.1 && bin.count >= 30 ? 'loss' : ''))))));
}

async function predictions(more = false) {
  const model = picked();
  if (!model) { table('predictions', [() => ''], [], 'Nothing is scored yet.'); return; }
  const page = await guarded('predictions', () => api(`/models/${encodeURIComponent(model.model)}/${encodeURIComponent(model.symbol)}/predictions?limit=50${more ? `&before=${next}` : ''}`));
  if (!page) return;
  rows = more ? [...rows, ...page.items] : page.items;
  next = page.next;
  $('more').hidden = next === null;
  table('predictions', [row => time(row.priceAt), row => tag(row.direction, row.direction === 'up' ? 'gain' : row.direction === 'down' ? 'loss' : ''), row => n(number(row.confidence, 2)), row => n(money(row.price)), row => n(money(row.predictedPrice)), row => n(money(row.priceThen), side(row.priceThen - row.price)), row => time(row.scoredAt),
    row => row.hit === null ? dash : tag(row.hit ? 'right' : 'wrong', row.hit ? 'gain' : 'loss'), row => n(number(row.brier))], rows, 'Nothing is scored yet: a prediction is, when its horizon has passed.');
}

async function load() {
  const found = await guarded('models', () => api('/models'), 'days', 'calibration');
  if (!found) return;
  models = found;
  show();
}

const refresh = calm(async () => { await load(); if (rows.length <= 50) await predictions(); }, 3000);
$('names').addEventListener('change', () => { show(); predictions(); });
$('pick').addEventListener('submit', event => event.preventDefault());
$('more').addEventListener('click', () => predictions(true));
stream.addEventListener('decision', refresh);
stream.addEventListener('reset', refresh);
await load();
await predictions();
