import { $, api, ApiError, count, dash, fill, guarded, h, lasting, may, n, table, tile, time, toast, who } from '../lib.js';
import { stream } from '../frame.js';

let timer = null;

async function load() {
  const audit = await guarded('checks', () => api('/audit'), 't-sealed', 't-waiting', 't-last', 't-check', 'points');
  if (!audit) return;
  const [last, check] = [audit.checkpoints[0], audit.checks[0]];
  tile('t-sealed', count(audit.sealed), audit.intervalSeconds ? `sealed every ${audit.intervalSeconds} s` : 'sealing is off', audit.intervalSeconds ? '' : 'warn');
  tile('t-waiting', count(audit.waiting), '');
  tile('t-last', last ? lasting((Date.now() - new Date(last.at)) / 1000) : dash, last ? 'ago' : 'nothing is sealed yet');
  tile('t-check', check ? check.state : dash, check ? check.told : 'no check yet', check?.state === 'clean' ? 'gain' : check?.state === 'running' || !check ? '' : 'loss');
  const running = audit.checks.find(known => known.state === 'running');
  progress(running);
  $('check').disabled = !!running || !may.audit;
  $('download').disabled = !may.export || audit.sealed === 0;
  fill('checks', audit.checks.length ? audit.checks.map(known => h('li', {}, h('span', { class: `mark ${known.state === 'clean' ? 'good' : known.state === 'running' ? 'warning' : 'bad'}`, role: 'img', 'aria-label': known.state }),
    h('span', {}, h('b', {}, `Check ${known.id}: ${known.state}`), ' ', time(known.startedAt), ` by ${known.by}`, h('div', { class: 'dim' }, known.state === 'running' ? '' : `${known.told}; ${count(known.events)} events computed again, ${count(known.sealed)} sealed, ${count(known.unsealed)} not yet`),
      known.first.map(wrong => h('div', { class: 'wrong' }, `${wrong.kind}${wrong.sequence === null ? '' : `, event ${wrong.sequence}`}: ${wrong.detail}`))))) : h('li', { class: 'empty' }, 'No check since the start.'));
  $('anchors').textContent = audit.anchors.length ? `Kept outside in: ${audit.anchors.join(', ')}.` : 'Kept in this database alone: only a checkpoint that somebody else keeps tells when a whole journal was made again.';
  table('points', [row => time(row.at), row => n(count(row.size)), row => h('code', {}, row.root), row => h('details', {}, h('summary', {}, 'note'), h('pre', {}, row.note))], audit.checkpoints, 'Nothing is sealed yet.');
  clearTimeout(timer);
  timer = setTimeout(running ? () => follow(running.id) : () => { if (!document.hidden) load(); }, running ? 500 : 15000);
}

function progress(check) {
  const running = check?.state === 'running';
  fill('progress', running ? [h('progress', { max: 1, value: check.progress, 'aria-label': 'Check' }), h('p', {}, `${Math.floor(check.progress * 100)} %`)] : '');
}

/** Asks for one check alone while it runs. */
async function follow(id) {
  const check = await guarded('progress', () => api(`/audit/checks/${id}`));
  if (check?.state !== 'running') { await load(); return; }
  progress(check);
  timer = setTimeout(() => follow(id), 500);
}

document.addEventListener('visibilitychange', () => { if (!document.hidden) load(); });

$('check').addEventListener('click', async () => {
  try {
    await api('/audit/checks', { method: 'POST' });
    await load();
  } catch (failure) {
    if (!(failure instanceof ApiError)) throw failure;
    toast(failure.message, true);
  }
});
if (who.journal) $('export').append(h('input', { type: 'hidden', name: 'journal', value: who.journal }));
stream.addEventListener('reset', load);
await load();
const key = await guarded('key', () => api('/seal-key'));
if (key) $('key').textContent = key.key ?? 'this program knows no key';
