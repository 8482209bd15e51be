// The equity curve as a drawing of its own: small, and there at once.
import { $, fill, h, money, percent, s, time } from './lib.js';

const [width, height] = [1000, 240];

/** A curve in an element; gives what draws it. */
export function curve(id, legend) {
  let points = [];
  const equity = s('path', { class: 'equity' }), hold = s('path', { class: 'hold' }), cursor = s('line', { class: 'cursor', y1: 0, y2: height, visibility: 'hidden' });
  const drawing = s('svg', { class: 'curve', viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': 'Equity over time beside buying and holding' }, s('line', { class: 'axis', x1: 0, x2: width, y1: height - 1, y2: height - 1 }), hold, equity, cursor);
  const high = h('span', { class: 'scale high' }), low = h('span', { class: 'scale low' });
  let x = () => 0;

  function say(point) {
    if (!point) return;
    const first = points[0];
    fill(legend, h('span', {}, h('i'), `equity ${money(point.equityUsd)} (${percent((point.equityUsd / first.equityUsd - 1) * 100)})`),
      h('span', {}, h('i', { class: 'hold' }), `buy and hold ${money(point.heldUsd)} (${percent((point.heldUsd / first.heldUsd - 1) * 100)})`), time(new Date(point.at * 1000)));
  }

  function paint() {
    if (points.length < 2) {
      fill(id, h('p', { class: 'empty' }, 'The curve begins with the second decision.'));
      return;
    }
    const values = points.flatMap(point => [point.equityUsd, point.heldUsd]);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const room = (most - least || Math.abs(most) * 0.001 || 1) * 0.06;
    const [begin, end] = [points[0].at, points.at(-1).at];
    x = at => (at - begin) / (end - begin || 1) * width;
    const y = value => height - (value - least + room) / (most - least + 2 * room) * height;
    const path = name => points.map((point, at) => `${at ? 'L' : 'M'}${x(point.at).toFixed(1)} ${y(point[name]).toFixed(1)}`).join('');
    equity.setAttribute('d', path('equityUsd'));
    hold.setAttribute('d', path('heldUsd'));
    high.textContent = money(most);
    low.textContent = money(least);
    if (drawing.parentElement !== $(id)) fill(id, drawing, high, low);
    say(points.at(-1));
  }

  drawing.addEventListener('pointermove', event => {
    const box = drawing.getBoundingClientRect();
    const at = (event.clientX - box.left) / box.width * width;
    const near = points.reduce((best, point) => Math.abs(x(point.at) - at) < Math.abs(x(best.at) - at) ? point : best, points[0]);
    cursor.setAttribute('x1', x(near.at));
    cursor.setAttribute('x2', x(near.at));
    cursor.setAttribute('visibility', 'visible');
    say(near);
  });
  drawing.addEventListener('pointerleave', () => { cursor.setAttribute('visibility', 'hidden'); say(points.at(-1)); });

  return {
    all(given) { points = given; paint(); },
    add(now) {
      const last = points.at(-1);
      if (!last || now.equityUsd === null || !now.lastDecision) return;
      const at = Math.floor(new Date(now.lastDecision.decidedAt) / 1000);
      if (at <= last.at) return;
      points = [...points, { at, equityUsd: now.equityUsd, heldUsd: now.startEquityUsd * (1 + (now.buyAndHoldPercent ?? 0) / 100) }];
      if (points.length > 800) points = points.filter((_, place) => place % 2 === 0 || place === points.length - 1);
      paint();
    },
  };
}
