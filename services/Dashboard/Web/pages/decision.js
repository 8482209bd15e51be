import { $, about, api, ApiError, bar, dash, fill, guarded, h, lasting, money, n, number, percent, quantity, rule, side, table, tag, time, words } from '../lib.js';
import { stream } from '../frame.js';
import { verify } from '../proof.js';

const id = location.pathname.split('/').pop();
let story = null;

const pair = (name, value) => h('tr', {}, h('th', { scope: 'row' }, name), h('td', { class: 'n' }, value));

function price(seen) {
  const quotes = seen.quotes.map(({ quote, leftOut }) => ({ source: quote.source, price: quote.price, currency: quote.currency, at: quote.quotedAt, leftOut }));
  fill('price', h('p', {}, h('b', {}, `${seen.symbol} ${money(seen.price)}`), ' ', seen.simulated ? tag('simulated', 'warn') : '', ' ', time(seen.intervalStart)),
    h('table', {}, h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Source'), h('th', { scope: 'col', class: 'n' }, 'Quote'), h('th', { scope: 'col' }, 'Taken'))),
      h('tbody', {}, quotes.map(row => h('tr', {}, h('td', {}, row.source), n(`${money(row.price)} ${row.currency}`), h('td', {}, row.leftOut ? tag(`left out: ${row.leftOut}`, 'warn') : tag('taken', 'gain')))),
        seen.missing.map(row => h('tr', {}, h('td', {}, row.source), n(dash), h('td', {}, tag(`no quote: ${row.reason}`, 'warn')))))));
}

function models(prediction, exit) {
  if (!prediction) {
    fill('models', h('p', {}, `A price ended the position: ${words(exit.reason)} at ${money(exit.triggerPrice)}, entered at ${money(exit.entryPrice)} `, time(exit.enteredAt)));
    return;
  }
  const weights = new Map((prediction.weights ?? []).map(weight => [weight.model, weight]));
  fill('models', h('table', {}, h('thead', {}, h('tr', {}, ['Model', 'Says', 'Price', 'Confidence', 'Weight'].map((name, at) => h('th', { scope: 'col', class: at > 1 ? 'n' : '' }, name)))),
    h('tbody', {}, prediction.models.map(model => h('tr', {}, h('td', {}, model.model), h('td', {}, model.abstained ? tag(`abstained: ${model.abstained}`, 'warn') : tag(model.direction, model.direction === 'up' ? 'gain' : model.direction === 'down' ? 'loss' : '')),
      n(money(model.predictedPrice)), n(number(model.confidence, 2)), n(weights.has(model.model) ? number(weights.get(model.model).weight, 2) : dash))))),
    prediction.ensemble ? h('p', {}, h('b', {}, 'Together: '), `${percent(prediction.ensemble.predictedMovePercent, 3)} to ${money(prediction.ensemble.predictedPrice)} within ${lasting(prediction.horizonSeconds)}, confidence ${number(prediction.ensemble.confidence, 2)}, agreement ${number(prediction.ensemble.agreement, 2)}`) : h('p', {}, 'No model answered.'),
    h('p', { class: 'dim' }, `Window: ${prediction.window.count} prices, SMA 20 ${money(prediction.window.sma20)}, SMA 50 ${money(prediction.window.sma50)}, momentum ${prediction.window.momentum10 === null ? dash : percent(prediction.window.momentum10 * 100, 3)}`),
    prediction.models.filter(model => model.provenance).map(model => h('details', {}, h('summary', {}, `${model.model}: what was asked and answered`),
      h('p', { class: 'dim' }, `${model.provenance.modelId}, ${Math.round(model.provenance.latencyMilliseconds)} ms, ${model.provenance.inputTokens ?? dash} + ${model.provenance.outputTokens ?? dash} tokens, ${model.provenance.attempts} attempts, question ${model.provenance.promptSha256?.slice(0, 12) ?? dash}`), h('pre', {}, model.provenance.rawText ?? 'no answer'))));
}

// All digits are in the event below.
const figure = value => quantity(Number(Number(value).toFixed(4)));

// At least or at most: whatever the rule's side of the limit, a full bar is at the limit.
function use(check) {
  if (check.limit === 0) return check.passed ? 0 : 1;
  const ratio = check.observed / check.limit;
  return check.passed === ratio <= 1 ? Math.abs(ratio) : Math.abs(1 / (ratio || 1e-9));
}

function show() {
  const { assessment, execution } = story;
  const [symbol, outcome] = [story.price.symbol, story.outcome];
  $('title').textContent = `${symbol}: ${outcome}`;
  document.title = `${symbol}: ${outcome} · Trading`;
  fill('why', story.why);
  price(story.price);
  models(story.prediction, story.exit);
  table('checks', [row => rule(row.rule), row => n(figure(row.observed)), row => n(figure(row.limit)), row => bar(use(row), `${Math.round(use(row) * 100)} % of the limit`, !row.passed), row => tag(row.passed ? 'passed' : 'refused', row.passed ? 'gain' : 'loss')],
    assessment?.checks ?? [], 'Nothing was asked for, so nothing was checked.');
  const order = assessment?.order;
  fill('order', order ? h('table', {}, h('tbody', {}, pair('Side', order.side), pair('Quantity', quantity(order.quantity)), pair('Worst price', money(order.worstPrice)), pair('Type', words(order.type ?? 'market')),
    pair('Outcome', execution ? words(execution.outcome) : 'open'), execution ? [pair('Filled', quantity(execution.filledQuantity)), pair('Mean price', money(execution.averagePrice)), pair('Fee', `${money(execution.feeUsd)} USD`), pair('Exchange', `${execution.exchange}${execution.simulated ? ' (on paper)' : ''}`), pair('Ended', time(execution.executedAt)), execution.reason ? pair('Reason', execution.reason) : ''] : '')) : h('p', { class: 'empty' }, 'No order.'));
  fill('steps', story.steps.map((step, at) => h('li', {}, h('details', {}, h('summary', {}, h('b', {}, words(step.type.replaceAll('_', ' '))), ' ', time(step.at), h('span', { class: 'dim' }, ` ${at ? `+${((new Date(step.at) - new Date(story.steps[0].at)) / 1000).toFixed(3)} s` : ''} ${step.service} · ${step.stream} ${step.version} · event ${step.sequence}`)), h('pre', {}, JSON.stringify(step.data, null, 2))))));
}

async function load() {
  const found = await guarded('why', () => api(`/decisions/${id}`));
  if (!found) return;
  story = found;
  show();
}

$('prove').addEventListener('click', async () => {
  const key = $('key').value.trim();
  const list = $('proved');
  list.replaceChildren();
  if (!key) { list.append(h('li', {}, h('span', { class: 'mark bad' }), 'Give the key first.')); return; }
  for (const step of story?.steps ?? []) {
    const line = h('li', {}, h('span', { class: 'mark' }), h('span', {}, `event ${step.sequence} ${words(step.type.replaceAll('_', ' '))}: …`));
    list.append(line);
    let result;
    try {
      const answer = await fetch(about(`/api/v1/events/${step.sequence}/proof`));
      result = answer.ok ? await verify(await answer.text(), key) : { ok: false, told: (await answer.json()).detail };
      if (result.ok && (result.sequence !== step.sequence || JSON.stringify(result.data) !== JSON.stringify(step.data))) result = { ok: false, told: 'the proof is about another event than the one shown' };
    } catch (failure) {
      result = { ok: false, told: failure.message };
    }
    line.dataset.proved = result.ok;
    line.replaceChildren(h('span', { class: `mark ${result.ok ? 'good' : 'bad'}`, role: 'img', 'aria-label': result.ok ? 'holds' : 'does not hold' }), h('span', {}, h('b', {}, `event ${step.sequence}: `), h('span', { class: result.ok ? '' : 'wrong' }, result.told)));
  }
});

stream.addEventListener('decision', event => { if (event.detail.tradeId === id) load(); });
await load();
try {
  const { key } = await api('/seal-key');
  const kept = localStorage.getItem('seal-key');
  $('key').value = kept ?? key ?? '';
  $('key-told').textContent = kept ? 'The key that you gave before.' : key ? 'The key as this program reports it. One that you have from elsewhere proves more.' : 'This program knows no key.';
} catch (failure) {
  if (!(failure instanceof ApiError)) throw failure;
}
$('key').addEventListener('change', () => localStorage.setItem('seal-key', $('key').value.trim()));
export { side };
