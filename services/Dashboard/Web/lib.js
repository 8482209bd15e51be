// What every page uses: the API, formats, small parts of pages.
const root = document.documentElement.dataset;

/** What the server said about who looks. */
export const who = { name: root.name, role: root.role, csrf: root.csrf, symbols: root.symbols.split(','), interval: Number(root.interval), journal: root.journal };
// Another journal than the program's own is only looked at.
const own = !who.journal;
export const may = {
  stop: own && (who.role === 'operator' || who.role === 'halter'), operate: own && who.role === 'operator',
  audit: own && (who.role === 'operator' || who.role === 'auditor'), export: who.role === 'operator' || who.role === 'auditor', run: own && who.role !== 'viewer',
};

/** An address of this site, about the journal that is looked at. */
export const about = path => own ? path : `${path}${path.includes('?') ? '&' : '?'}journal=${encodeURIComponent(who.journal)}`;

/** An error of the API: a problem of RFC 9457. */
export class ApiError extends Error {
  constructor(problem, status) {
    super(problem?.detail ?? `the program answered ${status}`);
    this.status = status;
    this.kind = problem?.type?.split(':').pop() ?? '';
  }
}

/** Asks the API; waits while the journal is being read. */
export async function api(path, { method = 'GET', body, key } = {}) {
  const headers = {};
  if (method !== 'GET') {
    headers['X-Trading-Csrf'] = who.csrf;
    if (key) headers['Idempotency-Key'] = key;
  }
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  for (;;) {
    let answer;
    try {
      answer = await fetch(`/api/v1${method === 'GET' ? about(path) : path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    } catch {
      throw new ApiError({ detail: 'the program does not answer', type: 'offline' }, 0);
    }
    if (answer.ok) return answer.status === 204 ? null : answer.json();
    const problem = (answer.headers.get('content-type') ?? '').includes('problem+json') ? await answer.json() : null;
    if (answer.status === 401) document.dispatchEvent(new CustomEvent('logged-out'));
    if (answer.status === 503 && problem?.type?.endsWith('reading-journal')) {
      document.dispatchEvent(new CustomEvent('reading', { detail: problem.detail }));
      continue;
    }
    throw new ApiError(problem, answer.status);
  }
}

/** A key of its own for each command, so that a second click gives it no second time. */
export const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('');

/** Makes an element: h('td', { class: 'n' }, 'text'). */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

/** Makes an element of a drawing. */
export function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export const $ = id => document.getElementById(id);

/** Puts children into a part of the page. */
export function fill(id, ...children) {
  const element = typeof id === 'string' ? $(id) : id;
  element.removeAttribute('aria-busy');
  element.replaceChildren(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

const two = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const eight = new Intl.NumberFormat('en-US', { maximumFractionDigits: 8 });
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
export const dash = '–';
const none = value => value === null || value === undefined || !Number.isFinite(Number(value));
export const money = value => none(value) ? dash : two.format(value);
export const signed = value => none(value) ? dash : `${value > 0 ? '+' : ''}${two.format(value)}`;
export const percent = (value, digits = 2) => none(value) ? dash : `${Number(Number(value).toFixed(digits)) > 0 ? '+' : ''}${(Number(Number(value).toFixed(digits)) || 0).toFixed(digits)} %`;
export const share = value => none(value) ? dash : `${(value * 100).toFixed(1)} %`;
export const quantity = value => none(value) ? dash : eight.format(value);
export const count = value => none(value) ? dash : whole.format(value);
export const number = (value, digits = 3) => none(value) ? dash : Number(value).toFixed(digits);
export const side = value => none(value) || Number(value) === 0 ? '' : value > 0 ? 'gain' : 'loss';
export const words = value => value === null || value === undefined ? dash : String(value).replaceAll('-', ' ');

/** A rule's name in words: MaxDailyLoss or max-daily-loss. */
export const rule = value => value ? words(value.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase()) : dash;

const utc = at => new Date(at).toISOString().replace('T', ' ').replace(/\.\d+Z$/, '') + ' UTC';
const day = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short' });
const clock = new Intl.DateTimeFormat('sv-SE', { timeStyle: 'medium' });

/** A time in the reader's zone; UTC when pointed at. */
export function time(at, { date = true } = {}) {
  if (!at || String(at).startsWith('0001')) return dash;
  const then = new Date(at);
  const today = day.format(then) === day.format(new Date());
  return h('time', { datetime: then.toISOString(), title: utc(then) }, date && !today ? `${day.format(then)} ${clock.format(then)}` : clock.format(then));
}

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** How long something took or is ago. */
export function lasting(seconds) {
  if (none(seconds)) return dash;
  const [d, hr, m] = [Math.floor(seconds / 86400), Math.floor(seconds % 86400 / 3600), Math.floor(seconds % 3600 / 60)];
  return d > 0 ? `${d} d ${hr} h` : hr > 0 ? `${hr} h ${m} min` : m > 0 ? `${m} min` : `${Math.round(seconds)} s`;
}

/** A table's rows, or a word about why there are none. */
export function table(id, columns, rows, empty) {
  const body = $(id);
  body.removeAttribute('aria-busy');
  if (rows.length === 0) {
    body.replaceChildren(h('tr', {}, h('td', { colspan: columns.length, class: 'empty' }, empty)));
    return;
  }
  body.replaceChildren(...rows.map(row => h('tr', {}, columns.map(column => {
    const made = column(row);
    return made instanceof HTMLTableCellElement ? made : h('td', {}, made);
  }))));
}

export const n = (text, kind = '') => h('td', { class: `n ${kind}` }, text);
export const tag = (text, kind = '') => h('span', { class: `tag ${kind}` }, text);

/** How an outcome is shown. */
export const outcome = row => tag(row.outcome === 'refused' ? `refused: ${rule(row.refusedBy)}` : words(row.outcome),
  row.outcome === 'filled' || row.outcome === 'partially-filled' ? 'gain' : row.outcome === 'hold' ? '' : row.outcome === 'refused' || row.outcome === 'open' ? 'warn' : 'loss');

/** A bar that shows how much of a limit is used; red beyond it, or where the rule refused. */
export function bar(used, told, refused = used >= 1) {
  const width = Math.max(0, Math.min(1, used || 0));
  return h('div', { class: `bar ${refused ? 'loss' : used >= 0.8 && used < 1 ? 'warn' : ''}`, role: 'img', 'aria-label': told },
    s('svg', { viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, s('rect', { width: width * 100, height: 10 })));
}

/** A word that goes away by itself. */
export function toast(text, bad = false) {
  const shown = h('div', { class: `toast ${bad ? 'loss' : ''}` }, text);
  $('toasts').append(shown);
  while ($('toasts').children.length > 3) $('toasts').firstChild.remove();
  setTimeout(() => shown.remove(), bad ? 12000 : 5000);
}

/** Runs something of a page; an error is shown where its result would stand, and a dash in the other parts that wait for it. */
export async function guarded(id, work, ...others) {
  try {
    return await work();
  } catch (failure) {
    if (!(failure instanceof ApiError)) throw failure;
    if (failure.status === 401) return null;
    failures++;
    const element = $(id);
    element.removeAttribute('aria-busy');
    const text = h('span', { class: 'wrong', role: 'alert' }, failure.message);
    if (element.tagName === 'TBODY') element.replaceChildren(h('tr', {}, h('td', { colspan: 20, class: 'empty' }, text)));
    else element.replaceChildren(h('p', { class: 'empty' }, text));
    for (const other of others.map($)) {
      if (other.tagName === 'TBODY') table(other.id, Array.from({ length: 20 }), [], dash);
      else fill(other, dash);
    }
    return null;
  }
}

/** A tile: a figure with a small line below it. */
export function tile(id, text, small = '', kind = '') {
  $(id).className = kind;
  fill(id, text, h('small', {}, small));
}

let failures = 0;

/** Draws only what differs from what was drawn before, so that nothing jumps under the reader's hand. */
export function whenChanged(draw) {
  let drawn = '';
  return (what, ...more) => {
    // After an error something else stands there.
    const now = JSON.stringify([what, ...more, failures]);
    if (now === drawn) return;
    drawn = now;
    draw(what, ...more);
  };
}

/** Calls at most once in a while, with the newest arguments. */
export function calm(work, milliseconds) {
  let waiting = null, last = 0;
  return (...args) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { last = Date.now(); work(...args); }, Math.max(0, milliseconds - (Date.now() - last)));
  };
}

/** Asks for a reason, and for a word where it is dangerous; then gives the command. What gives no word of its own leaves the dialog to the next question. */
export function ask({ title, told, act, label, danger = false, word = null, why = true, extra = [], fields = [] }) {
  const dialog = $('dialog');
  const wrong = h('p', { class: 'wrong', role: 'alert' });
  const reason = why ? h('input', { name: 'reason', required: true, maxlength: 500, autocomplete: 'off', id: 'dialog-reason' }) : null;
  const typed = word ? h('input', { name: 'word', required: true, autocomplete: 'off', id: 'dialog-word' }) : null;
  const go = h('button', { class: `main ${danger ? 'danger' : ''}`, type: 'submit' }, label);
  const key = newKey();
  const form = h('form', { method: 'dialog', onsubmit: async submitted => {
    submitted.preventDefault();
    if (word && typed.value.trim().toLowerCase() !== word) {
      wrong.textContent = `Type ${word} to go on.`;
      typed.focus();
      return;
    }
    go.disabled = true;
    wrong.textContent = '';
    try {
      const done = await act(reason?.value.trim(), key, form);
      if (!done) return;
      toast(done);
      dialog.close();
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      wrong.textContent = failure.message;
      go.disabled = false;
    }
  } },
    h('h2', { id: 'dialog-title' }, title), h('p', {}, told), extra, fields,
    why ? h('label', {}, 'Why (recorded with your name)', reason) : null,
    word ? h('label', {}, `Type ${word} to confirm`, typed) : null, wrong,
    h('div', { class: 'buttons' }, h('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'), go));
  dialog.replaceChildren(form);
  if (!dialog.open) dialog.showModal();
  (form.querySelector('[data-first]') ?? reason ?? form.querySelector('input') ?? go).focus();
}
