import { $, about, api, calm, dash, guarded, h, money, n, percent, table, tag, time, whenChanged, who } from '../lib.js';
import { stream } from '../frame.js';

const form = $('filters');
const periods = [['Day', 86400], ['Week', 7 * 86400], ['Month', 30 * 86400], ['3 months', 91 * 86400], ['Year', 366 * 86400], ['All', null]];
form.elements.symbol.append(...who.symbols.map(symbol => h('option', {}, symbol)));
let span = 86400, bars = null, marks = null, echarts = null, chart = null, view = null, range = null, quiet = false, asked = 0;
const symbol = () => form.elements.symbol.value;
const colour = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const local = seconds => new Date(seconds * 1000).toLocaleString('sv-SE', bars.intervalSeconds >= 86400 ? { dateStyle: 'short' } : { dateStyle: 'short', timeStyle: 'short' });

$('periods').append(...periods.map(([name, seconds]) => h('button', { type: 'button', 'aria-pressed': String(seconds === span), onclick: event => {
  for (const button of $('periods').children) button.setAttribute('aria-pressed', String(button === event.currentTarget));
  span = seconds;
  load();
} }, name)));

async function library() {
  if (echarts) return;
  await new Promise((loaded, failed) => {
    const script = h('script', { src: `${document.documentElement.dataset.assets}/echarts.js`, onload: loaded, onerror: failed });
    document.head.append(script);
  });
  echarts = window.echarts;
}

/** The mean of the last bars; a hole where there are too few. */
function mean(length) {
  let sum = 0;
  return bars.bars.map((bar, at) => {
    sum += bar[4] - (at >= length ? bars.bars[at - length][4] : 0);
    return at >= length - 1 ? Number((sum / length).toFixed(2)) : null;
  });
}

/** Where a time stands among the bars. */
function place(seconds) {
  let [low, high] = [0, bars.bars.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (bars.bars[middle][0] <= seconds) low = middle; else high = middle - 1;
  }
  return low;
}

const look = { buy: ['triangle', 0, 'gain'], sell: ['triangle', 180, 'loss'], stop: ['diamond', 0, 'warn'], refused: ['emptyCircle', 0, 'dim'] };

function draw() {
  const times = bars.bars.map(bar => bar[0]);
  const ahead = marks.prediction ? Math.max(1, Math.round((marks.prediction.until - times.at(-1)) / bars.intervalSeconds)) : 0;
  const coming = ahead > 0 && ahead < bars.bars.length ? Array.from({ length: ahead }, (_, at) => times.at(-1) + (at + 1) * bars.intervalSeconds) : [];
  const axis = [...times, ...coming].map(local);
  const hole = bars.bars.map(() => null);
  const from = bars.bars.length - 1;
  const ray = to => coming.length && to !== null && to !== undefined ? [...hole.slice(0, from), bars.bars[from][4], ...coming.map((_, at) => bars.bars[from][4] + (to - bars.bars[from][4]) * (at + 1) / coming.length)] : [];
  const level = (value, name, tint) => value === null || value === undefined ? [] : [{ yAxis: value, name, lineStyle: { color: colour(tint), type: 'dashed' }, label: { formatter: `${name} ${money(value)}`, color: colour(tint), position: 'insideStartTop' } }];
  const seen = marks.marks.filter(mark => mark.at >= times[0]);
  const line = (name, data, tint, more = {}) => ({ type: 'line', name, data, showSymbol: false, connectNulls: false, lineStyle: { width: 1.4, color: colour(tint), ...more }, itemStyle: { color: colour(tint) }, animation: false, silent: true });
  const candles = form.elements.kind.value === 'candles';
  quiet = true;
  chart.setOption({
    animation: false, backgroundColor: 'transparent', textStyle: { color: colour('ink') },
    legend: { data: ['SMA 20 of the bars', 'SMA 50 of the bars', 'prediction', 'mean error', 'marks'], textStyle: { color: colour('dim') }, top: 0 },
    grid: { left: 74, right: 16, top: 34, bottom: 64 },
    xAxis: { type: 'category', data: axis, axisLine: { lineStyle: { color: colour('dim') } }, axisLabel: { color: colour('dim') } },
    yAxis: { scale: true, splitLine: { lineStyle: { color: colour('line') } }, axisLabel: { color: colour('dim'), formatter: value => value.toLocaleString('en-US') } },
    tooltip: { trigger: 'axis', renderMode: 'richText', axisPointer: { type: 'cross' }, confine: true, backgroundColor: colour('card'), borderColor: colour('line'), textStyle: { color: colour('ink') }, formatter: say },
    dataZoom: [{ type: 'inside', ...(view ?? { start: 0, end: 100 }) }, { type: 'slider', height: 22, bottom: 8, ...(view ?? { start: 0, end: 100 }), textStyle: { color: colour('dim') } }],
    series: [
      candles ? { type: 'candlestick', name: symbol(), data: bars.bars.map(bar => [bar[1], bar[4], bar[3], bar[2]]), itemStyle: { color: colour('gain'), color0: colour('loss'), borderColor: colour('gain'), borderColor0: colour('loss') }, large: true,
        markLine: { symbol: 'none', silent: true, data: [...level(marks.entryPrice, 'entry', 'link'), ...level(marks.stopPrice, 'stop', 'loss'), ...level(marks.targetPrice, 'target', 'gain')] } }
        : { ...line(symbol(), bars.bars.map(bar => bar[4]), 'equity', { width: 1.8 }), silent: false, markLine: { symbol: 'none', silent: true, data: [...level(marks.entryPrice, 'entry', 'link'), ...level(marks.stopPrice, 'stop', 'loss'), ...level(marks.targetPrice, 'target', 'gain')] } },
      line('SMA 20 of the bars', mean(20), 'sma20'), line('SMA 50 of the bars', mean(50), 'sma50'),
      line('prediction', ray(marks.prediction?.predicted), 'link', { type: 'dashed', width: 2 }), line('mean error', ray(marks.prediction?.low), 'dim', { type: 'dotted' }), line('mean error', ray(marks.prediction?.high), 'dim', { type: 'dotted' }),
      { type: 'scatter', name: 'marks', animation: false, z: 10, data: seen.map(mark => ({ value: [place(mark.at), mark.price], mark, symbol: look[mark.kind][0], symbolRotate: look[mark.kind][1], symbolSize: mark.kind === 'refused' ? 8 : 13, itemStyle: { color: colour(look[mark.kind][2]), borderColor: mark.kind === 'refused' ? colour('dim') : colour('card'), borderWidth: 1 } })), tooltip: { trigger: 'item' } },
    ],
  }, { notMerge: true });
  quiet = false;
}

function say(given) {
  const points = Array.isArray(given) ? given : [given];
  const mark = points.find(point => point.data?.mark)?.data.mark;
  const at = points[0].seriesName === 'marks' ? points[0].value[0] : points[0].dataIndex;
  const bar = bars.bars[at];
  const lines = bar ? [local(bar[0]), `open ${money(bar[1])}  high ${money(bar[2])}`, `low ${money(bar[3])}  close ${money(bar[4])}`] : [];
  if (mark) lines.push(mark.told);
  return lines.join('\n');
}

const rows = whenChanged(all => table('marks', [row => time(new Date(row.at * 1000)), row => tag(row.kind === 'stop' ? 'left' : row.kind, look[row.kind][2]), row => n(money(row.price)), row => h('a', { href: `/decisions/${row.tradeId}` }, row.told)], [...all].reverse().slice(0, 100), 'No trade and no refusal in this period.'));

function words() {
  const last = bars.bars.at(-1);
  rows(marks.marks);
  if (!last) { $('told').textContent = `No price of ${symbol()} is kept yet.`; return; }
  const first = bars.bars[0];
  $('told').replaceChildren(h('b', {}, `${symbol()} ${money(last[4])}`), h('span', {}, `${percent((last[4] / first[1] - 1) * 100)} in this period`), time(new Date(last[0] * 1000)),
    h('span', {}, `bars of ${bars.intervalSeconds >= 3600 ? `${bars.intervalSeconds / 3600} h` : `${bars.intervalSeconds / 60} min`}`), marks.prediction ? h('span', {}, `expected ${money(marks.prediction.predicted)}${marks.prediction.low === null ? '' : ` (${money(marks.prediction.low)} to ${money(marks.prediction.high)})`}`) : '');
}

/** Marks of what is shown; whether they came. */
async function loadMarks() {
  const mine = asked;
  const drawn = await guarded('marks', () => api(`/marks?symbol=${encodeURIComponent(symbol())}${bars.first ? `&from=${bars.first}` : ''}`));
  if (!drawn || mine !== asked) return false;
  marks = drawn;
  return true;
}

async function load(wanted = null, keeps = false) {
  const mine = ++asked;
  range = wanted;
  const query = new URLSearchParams({ symbol: symbol() });
  if (form.elements.interval.value) query.set('interval', form.elements.interval.value);
  if (range) { query.set('from', Math.floor(range[0])); query.set('to', Math.ceil(range[1])); }
  else if (span === null) query.set('from', 0);
  else {
    const now = bars?.last ?? (await api(`/prices?symbol=${encodeURIComponent(symbol())}&from=${Math.floor(Date.now() / 1000)}`)).last;
    if (now) query.set('from', now - span);
  }
  const [found] = await Promise.all([guarded('chart', () => api(`/prices?${query}`)), library()]);
  if (!found || mine !== asked) return;
  bars = found;
  if (!await loadMarks() || mine !== asked) return;
  if (!range && !keeps) view = null;
  words();
  $('chart').removeAttribute('aria-busy');
  if (bars.bars.length === 0) { chart?.dispose(); chart = null; return; }
  if (!chart) {
    chart = echarts.init($('chart'), null, { renderer: 'canvas' });
    chart.on('click', event => { if (event.data?.mark) location.href = about(`/decisions/${event.data.mark.tradeId}`); });
    chart.on('datazoom', calm(zoomed, 200));
  }
  draw();
}

/** A narrower view gets finer bars. */
function zoomed() {
  if (quiet || !chart) return;
  const { startValue, endValue, start, end } = chart.getOption().dataZoom[0];
  view = { start, end };
  const [from, to] = [bars.bars[Math.min(startValue, bars.bars.length - 1)]?.[0], bars.bars[Math.min(endValue, bars.bars.length - 1)]?.[0]];
  if (form.elements.interval.value || from === undefined || endValue - startValue > 200 || bars.intervalSeconds <= who.interval) return;
  const room = Math.max(to - from, bars.intervalSeconds) / 2;
  view = { start: 25, end: 75 };
  load([from - room, to + room]);
}

/** A new price goes into the last bar, or begins one: nothing is read again, and the reader's zoom stays. */
function add(price) {
  const at = Math.floor(new Date(price.at) / 1000);
  if (!bars || at <= (bars.last ?? 0)) return;
  const shown = bars.bars, begin = at - at % bars.intervalSeconds, before = bars.last;
  bars.last = at;
  const last = shown.at(-1);
  if (!last) { reload(); return; }
  // A period that ends before now stays as it is.
  if (before >= last[0] + bars.intervalSeconds) return;
  if (begin === last[0]) [last[2], last[3], last[4]] = [Math.max(last[2], price.price), Math.min(last[3], price.price), price.price];
  else {
    shown.push([begin, last[4], Math.max(last[4], price.price), Math.min(last[4], price.price), price.price]);
    if (view && view.end < 99.9) view = { start: view.start * (shown.length - 1) / shown.length, end: view.end * (shown.length - 1) / shown.length };
    if (shown.length > 6000) { reload(); return; }
  }
  paint();
}

const paint = calm(() => { if (chart && !document.hidden) { words(); draw(); } }, 500);
const reload = calm(() => load(range, true), 1000);
const remark = calm(async () => { if (bars && await loadMarks()) paint(); }, 1000);
form.addEventListener('change', event => { if (event.target.name === 'kind') draw(); else { bars = null; load(); } });
form.addEventListener('submit', event => event.preventDefault());
addEventListener('resize', calm(() => chart?.resize(), 100));
document.addEventListener('theme', () => { if (chart) draw(); });
stream.addEventListener('price', event => { if (event.detail.symbol === symbol()) add(event.detail); });
for (const kind of ['decision', 'trade']) stream.addEventListener(kind, event => { if (event.detail.symbol === symbol()) remark(); });
stream.addEventListener('reset', () => load());
document.addEventListener('visibilitychange', () => { if (!document.hidden) reload(); });
await load();
export { dash };
