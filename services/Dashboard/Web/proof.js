// Checks the proof of one event as docs/audit-format.md has it, with nothing but the text of the proof and the key of the seal.
const encode = text => new TextEncoder().encode(text);
const join = (...parts) => {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((at, part) => { all.set(part, at); return at + part.length; }, 0);
  return all;
};
const sha256 = async bytes => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
const fromBase64 = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
const toHex = bytes => [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
const fromHex = text => Uint8Array.from(text.match(/../g) ?? [], pair => parseInt(pair, 16));
const same = (left, right) => left.length === right.length && left.every((byte, at) => byte === right[at]);
const int = (value, bytes) => {
  const made = new Uint8Array(bytes);
  for (let rest = BigInt.asUintN(bytes * 8, BigInt(value)), at = bytes - 1; at >= 0; at--, rest >>= 8n) made[at] = Number(rest & 255n);
  return made;
};

const redactable = ['limits_set', 'trading_halted', 'trading_reduced', 'trading_resumed', 'cash_adjusted', 'symbol_state_set', 'flatten_ordered', 'operator_commanded', 'cancel_requested', 'external_differences_accepted', 'real_trading_confirmed', 'field_redacted'];

/** The end of the JSON value that begins at a place. */
function end(text, at) {
  if (text[at] === '"') {
    for (at++; text[at] !== '"'; at++) if (text[at] === '\\') at++;
    return at + 1;
  }
  if (text[at] !== '{' && text[at] !== '[') {
    while (at < text.length && !',}] \t\r\n'.includes(text[at])) at++;
    return at;
  }
  let depth = 0;
  do {
    if (text[at] === '"') { at = end(text, at); continue; }
    if (text[at] === '{' || text[at] === '[') depth++;
    if (text[at] === '}' || text[at] === ']') depth--;
    at++;
  } while (depth > 0 && at < text.length);
  return at;
}

/** Where the values of an object's members stand in its text, byte for byte. A member that stands twice is refused. */
function members(text) {
  const found = new Map();
  const space = () => { while (' \t\r\n'.includes(text[at]) && at < text.length) at++; };
  let at = 0;
  space();
  if (text[at++] !== '{') throw new Error('it is no object');
  for (space(); text[at] === '"'; space()) {
    const stop = end(text, at);
    const name = JSON.parse(text.slice(at, stop));
    if (found.has(name)) throw new Error(`${name} stands twice`);
    at = stop;
    space();
    at++;
    space();
    const close = end(text, at);
    found.set(name, { begin: at, end: close, text: text.slice(at, close) });
    at = close;
    space();
    if (text[at] === ',') at++;
  }
  return found;
}

async function withCommitments(event, data) {
  if (!redactable.includes(event.type)) return data;
  const found = members(data);
  let [made, copied] = ['', 0];
  for (const [name, place] of [...found].sort((left, right) => left[1].begin - right[1].begin)) {
    if (name !== 'by' && name !== 'reason') continue;
    const kept = event.commitments?.find(commitment => commitment.field === name);
    if (!kept) throw new Error(`there is no commitment to ${name}`);
    const value = JSON.parse(place.text);
    const right = kept.salt === null ? value === '(redacted)' : toHex(await sha256(join(fromHex(kept.salt), encode(value)))) === kept.commitment;
    if (!right) throw new Error(`the commitment to ${name} is to another value`);
    made += `${data.slice(copied, place.begin)}"sha256:${kept.commitment}"`;
    copied = place.end;
  }
  return made + data.slice(copied);
}

async function leafOf(event, raw) {
  const column = bytes => bytes === null ? int(-1, 4) : join(int(bytes.length, 4), bytes);
  const text = value => column(value === null ? null : encode(value));
  const json = value => column(value === 'null' ? null : join(Uint8Array.of(1), encode(value)));
  const [whole, fraction] = [event.timestamp.slice(0, 19), event.timestamp.slice(20).replace('Z', '').padEnd(6, '0')];
  const microseconds = BigInt(Date.parse(`${whole}Z`)) * 1000n + BigInt(fraction) - 946684800000000n;
  return sha256(join(Uint8Array.of(0), int(event.number, 8), column(int(event.sequence, 8)), column(fromHex(event.id.replaceAll('-', ''))), column(int(event.version, 8)), column(int(microseconds, 8)),
    column(event.archived === null ? null : Uint8Array.of(event.archived ? 1 : 0)), text(event.type), text(event.stream), text(event.tenant), text(event.dotnetType), text(event.correlation), text(event.causation),
    json(raw.get('headers').text), json(await withCommitments(event, raw.get('data').text)), column(event.binary === null ? null : fromBase64(event.binary))));
}

/** The root that a path leads to, RFC 9162, section 2.1.3.2; null when the path does not fit the place. */
async function rootOf(leaf, number, size, path) {
  let [hash, first, last] = [leaf, number, size - 1];
  for (const node of path) {
    if (last === 0) return null;
    if (first % 2 === 1 || first === last) {
      hash = await sha256(join(Uint8Array.of(1), node, hash));
      while (first % 2 === 0 && first !== 0) [first, last] = [Math.floor(first / 2), Math.floor(last / 2)];
    } else hash = await sha256(join(Uint8Array.of(1), hash, node));
    [first, last] = [Math.floor(first / 2), Math.floor(last / 2)];
  }
  return last === 0 ? hash : null;
}

async function isSigned(note, key) {
  const [name, , ...rest] = key.split('+');
  const bytes = fromBase64(rest.join('+'));
  if (bytes.length !== 33 || bytes[0] !== 1) throw new Error('the key is not one of a seal: name+hash+key');
  const stop = note.lastIndexOf('\n\n');
  const said = encode(note.slice(0, stop + 1));
  const imported = await crypto.subtle.importKey('raw', bytes.slice(1), { name: 'Ed25519' }, false, ['verify']);
  for (const line of note.slice(stop + 2).trimEnd().split('\n')) {
    const [, signer, signature] = line.split(' ');
    if (signer === name && await crypto.subtle.verify({ name: 'Ed25519' }, imported, fromBase64(signature).slice(4), said)) return true;
  }
  return false;
}

/** Checks a proof; says in a sentence what holds or what does not. */
export async function verify(text, key) {
  if (!globalThis.crypto?.subtle) return { ok: false, told: 'this browser computes no hashes on a page without TLS: open it on this machine or over https' };
  try {
    const parts = members(text);
    const raw = members(parts.get('event').text);
    const [event, note] = [JSON.parse(parts.get('event').text), JSON.parse(parts.get('checkpoint').text)];
    const leaf = await leafOf(event, raw);
    if (toHex(leaf) !== JSON.parse(parts.get('leaf').text)) return { ok: false, told: `its hash is ${toHex(leaf).slice(0, 12)}…, not the sealed one: it is not as it was sealed` };
    const [, size, root, at] = note.split('\n');
    const found = await rootOf(leaf, event.number, Number(size), event.proof.map(fromBase64));
    if (!found || !same(found, fromBase64(root))) return { ok: false, told: 'its path does not lead to the root of the checkpoint' };
    if (!await isSigned(note, key)) return { ok: false, told: 'the checkpoint is not signed by this key' };
    return { ok: true, sequence: event.sequence, data: event.data, told: `hash ${toHex(leaf).slice(0, 12)}… leads to the root of ${Number(size).toLocaleString('en-US')} events, ${at.replace('time ', 'sealed ')}, signed by the key` };
  } catch (failure) {
    return { ok: false, told: `it cannot be checked: ${failure.message}` };
  }
}
