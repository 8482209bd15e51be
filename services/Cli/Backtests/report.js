(() => {
  const place = document.getElementById('market'), text = document.getElementById('data');
  if (!place || !text || !window.echarts) return;
  const d = JSON.parse(text.textContent), most = 400, groups = 60;
  const ms = d.t.map(t => t * 1000), pairs = values => values.map((value, i) => [ms[i], value]);
  let peak = -Infinity;
  const drawdown = d.equity.map(value => { peak = Math.max(peak, value); return peak > 0 ? (value / peak - 1) * 100 : 0; });
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const number = value => value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 10 ? 4 : 2 });
  const time = t => new Date(t).toISOString().slice(0, 16).replace('T', ' ');
  const charts = [];
  let log = false, range = [ms[0], ms[ms.length - 1]];

  // Each trade by itself where they are few, else as many as fall into one part of what is seen.
  const seen = () => {
    const within = d.trades.filter(x => x[1] * 1000 >= range[0] && x[0] * 1000 <= range[1]);
    if (within.length <= most) return { alone: within, together: [] };
    const size = (range[1] - range[0]) / groups || 1, parts = new Map();
    for (const x of within) {
      const at = Math.floor((x[0] * 1000 - range[0]) / size), part = parts.get(at) || { n: 0, profit: 0, price: 0 };
      part.n++; part.profit += x[4]; part.price += x[2];
      parts.set(at, part);
    }
    return { alone: [], together: [...parts].map(([at, x]) => [range[0] + (at + 0.5) * size, x.price / x.n, x.n, x.profit]) };
  };
  const good = () => colour('--good'), bad = () => colour('--bad');
  const line = (params, api) => {
    const from = api.coord([api.value(0), api.value(2)]), to = api.coord([api.value(1), api.value(3)]);
    const paint = api.value(4) > 0 ? good() : bad();
    return { type: 'group', children: [
      { type: 'line', shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] }, style: { stroke: paint, lineWidth: 1.4 } },
      { type: 'polygon', style: { fill: paint },
        shape: { points: [[from[0], from[1] - 5], [from[0] - 4, from[1] + 3], [from[0] + 4, from[1] + 3]] } },
      { type: 'circle', shape: { cx: to[0], cy: to[1], r: 3 }, style: { fill: 'none', stroke: paint, lineWidth: 1.4 } }] };
  };
  const told = x => `${time(x[0])} to ${time(x[1])} UTC<br>${number(x[2])} to ${number(x[3])}, ${x[6]}<br>`
    + `<b>${number(x[4])} USD</b> (${number(x[5])} %)`;
  const marks = () => {
    const { alone, together } = seen();
    const largest = Math.max(1, ...together.map(x => x[2]));
    return [
      { id: 'trades', type: 'custom', name: 'trades', renderItem: line, clip: true, z: 5,
        data: alone.map(x => [x[0] * 1000, x[1] * 1000, ...x.slice(2)]),
        encode: { x: [0, 1], y: [2, 3] }, tooltip: { trigger: 'item', formatter: p => told(p.data) } },
      { id: 'groups', type: 'scatter', name: 'trades', z: 5, data: together, symbolSize: x => 12 + 18 * Math.sqrt(x[2] / largest),
        itemStyle: { color: p => p.value[3] > 0 ? good() : bad(), opacity: 0.8 },
        label: { show: true, formatter: p => p.value[2], color: '#fff', fontSize: 10 },
        tooltip: { trigger: 'item', formatter: p => `${p.value[2]} trades<br><b>${number(p.value[3])} USD</b>` } }];
  };
  const small = () => ({ color: colour('--soft'), fontSize: 11, hideOverlap: true });
  const box = () => ({ confine: true, backgroundColor: colour('--paper'), borderColor: colour('--line'),
    textStyle: { color: colour('--ink'), fontSize: 12 } });
  const axis = (grid, more) => ({ gridIndex: grid, scale: true, axisLine: { show: false }, axisLabel: small(),
    splitLine: { lineStyle: { color: colour('--line') } }, ...more });
  const curve = (name, grid, values, paint, width) => ({ type: 'line', name, xAxisIndex: grid, yAxisIndex: grid, showSymbol: false,
    sampling: 'minmax', data: pairs(values), lineStyle: { width }, color: colour(paint) });
  const option = () => ({
    animation: false, textStyle: { fontFamily: 'system-ui, sans-serif' },
    legend: { top: 0, type: 'scroll', textStyle: { color: colour('--soft') },
      data: ['price', 'trades', 'equity', 'buy and hold', 'drawdown'] },
    tooltip: { trigger: 'axis', ...box(), valueFormatter: value => typeof value === 'number' ? number(value) : '',
      axisPointer: { type: 'line', link: [{ xAxisIndex: 'all' }] } },
    axisPointer: { link: [{ xAxisIndex: 'all' }] },
    grid: [[34, '38%'], ['48%', '24%'], ['75%', '13%']].map(([top, height]) => ({ left: 62, right: 14, top, height })),
    xAxis: [0, 1, 2].map(i => ({ type: 'time', gridIndex: i, min: ms[0], max: ms[ms.length - 1], axisLabel: { ...small(), show: i === 2 },
      axisTick: { show: i === 2 }, axisLine: { lineStyle: { color: colour('--line') } } })),
    yAxis: [axis(0, {}), axis(1, { type: log ? 'log' : 'value' }), 
      axis(2, { max: 0, axisLabel: { ...small(), formatter: '{value} %' } })],
    dataZoom: [{ type: 'inside' }, { type: 'slider', bottom: 4, height: 22, textStyle: { color: colour('--soft') } }]
      .map(zoom => ({ ...zoom, xAxisIndex: [0, 1, 2], filterMode: 'none' })),
    series: [
      curve('price', 0, d.price, '--b', 1.3), ...marks(), curve('equity', 1, d.equity, '--a', 1.6),
      curve('buy and hold', 1, d.held, '--b', 1.2), { ...curve('drawdown', 2, drawdown, '--c', 1), areaStyle: { opacity: 0.2 } }],
  });
  const market = echarts.init(place, null, { renderer: 'svg' });
  charts.push([market, option]);
  market.on('datazoom', () => {
    const zoom = market.getOption().dataZoom[0];
    range = [zoom.startValue, zoom.endValue];
    market.setOption({ series: marks() });
  });
  document.getElementById('log').onclick = event => {
    log = !log;
    event.target.textContent = log ? 'linear scale' : 'log scale';
    market.setOption({ yAxis: [{}, { type: log ? 'log' : 'value' }, {}] });
  };
  document.getElementById('all').onclick = () => market.dispatchAction({ type: 'dataZoom', start: 0, end: 100 });

  const second = document.getElementById('reach');
  if (second) {
    const reach = echarts.init(second, null, { renderer: 'canvas' });
    const dots = won => d.trades.filter(x => x[4] > 0 === won).map(x => [-x[7], x[8], x]);
    charts.push([reach, () => ({
      animation: false, legend: { top: 0, textStyle: { color: colour('--soft') } },
      tooltip: { ...box(), formatter: p => `${told([p.data[2][0] * 1000, p.data[2][1] * 1000, ...p.data[2].slice(2)])}<br>`
        + `worst ${number(p.data[0])} %, best ${number(p.data[1])} %` },
      grid: { left: 62, right: 20, top: 34, bottom: 44 },
      xAxis: axis(0, { type: 'value', name: 'worst, %', nameLocation: 'middle', nameGap: 26, nameTextStyle: { color: colour('--soft') } }),
      yAxis: axis(0, { type: 'value', name: 'best, %', nameTextStyle: { color: colour('--soft') } }),
      dataZoom: [{ type: 'inside' }, { type: 'inside', orient: 'vertical' }],
      series: [{ type: 'scatter', name: 'won', data: dots(true), symbolSize: 6, color: good(), itemStyle: { opacity: 0.65 } },
        { type: 'scatter', name: 'lost', data: dots(false), symbolSize: 6, color: bad(), itemStyle: { opacity: 0.65 } }] })]);
  }
  const draw = () => charts.forEach(([chart, make]) => chart.setOption(make(), true));
  draw();
  addEventListener('resize', () => charts.forEach(([chart]) => chart.resize()));
  matchMedia('(prefers-color-scheme:dark)').addEventListener('change', draw);
})();
