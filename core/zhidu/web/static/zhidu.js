/* Behaviour of the back office, bound to data-attributes. Every page works without it, only less swiftly.
   Loaded in <head> without defer: `has-js` must stand before the first paint. */
(() => {
'use strict';
document.documentElement.classList.add('has-js');
const $ = (s, root = document) => root.querySelector(s);
const $$ = (s, root = document) => [...root.querySelectorAll(s)];
const text = (name) => document.body.dataset['t' + name] || '';
const fire = (el, ...types) => types.forEach((t) => el.dispatchEvent(new Event(t, { bubbles: true })));
const later = (fn, ms) => { let t; return (...a) => { clearTimeout(t); t = setTimeout(fn, ms, ...a); }; };
const make = (tag, props = {}, ...kids) => { const e = Object.assign(document.createElement(tag), props); e.append(...kids); return e; };
const cross = () => { const i = $('.iconbtn use[href$="#x"]'); return i ? i.closest('svg').cloneNode(true) : '×'; };
const key = () => [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(36)).join('');
let leaving = false, by = null, showPane = null;

/* Menus are <details>: one open at a time, closed by a click outside or Esc. */
function menus() {
  const shut = (but) => $$('details.menu[open]').forEach((d) => { if (d !== but) d.open = false; });
  document.addEventListener('click', (e) => shut(e.target.closest('details.menu')));
  document.addEventListener('keydown', (e) => {
    if (e.key !== 'Escape') return;
    const d = $('details.menu[open]');
    if (d) { d.open = false; $('summary', d).focus(); }
  });
  $$('details[data-remember]').forEach((d) => {
    const key = d.dataset.remember, was = localStorage.getItem(key);
    if (was && !$('[aria-current]', d)) d.open = was === '1';
    d.addEventListener('toggle', () => localStorage.setItem(key, d.open ? '1' : '0'));
  });
}

function flashes() {
  document.addEventListener('click', (e) => { const b = e.target.closest('[data-dismiss]'); if (b) b.closest('.flash').remove(); });
  document.addEventListener('click', (e) => {
    const b = e.target.closest('[data-why]');
    if (!b) return;
    let box = $('.flashes');
    if (!box) { box = make('div', { className: 'flashes' }); $('#main').prepend(box); }
    const p = make('div', { className: 'flash t-warn' }, make('p', { textContent: b.dataset.why }));
    p.setAttribute('role', 'alert'); box.replaceChildren(p); p.scrollIntoView({ block: 'nearest' });
  });
  const sum = $('[data-focus]');
  if (sum) sum.focus();
}

/* A row leads where its link leads, unless one selects text or presses something inside. */
function rows() {
  document.addEventListener('click', (e) => {
    const row = e.target.closest('[data-href]');
    if (!row || e.defaultPrevented || e.target.closest('a, button, input, label, summary, form, .c-check') || String(getSelection())) return;
    if (e.ctrlKey || e.metaKey) window.open(row.dataset.href, '_blank', 'noopener'); else location.assign(row.dataset.href);
  });
}

/* Dialogs: the shared question before a post, and the shared opinion box of an action. */
function dialogs() {
  document.addEventListener('click', (e) => { const b = e.target.closest('[data-close]'); if (b) b.closest('dialog').close(); });
  $$('dialog').forEach((d) => d.addEventListener('click', (e) => { if (e.target === d) d.close(); }));
  const ask = $('#confirm-dialog');
  document.addEventListener('submit', (e) => {
    const by = e.submitter, form = e.target;
    if (!ask || !by || !by.dataset.confirm || form.dataset.sure) return;
    e.preventDefault(); e.stopImmediatePropagation();
    const n = $$('input[name="ids"]:checked').length;
    $('[data-text]', ask).textContent = by.dataset.confirm.replace('{n}', n);
    const ok = $('[data-ok]', ask), bad = by.matches('.b-danger, .iconbtn, .linkbtn');
    ok.className = 'btn ' + (bad ? 'b-danger' : 'b-primary');
    if (by.innerText.trim() && by.matches('.btn')) ok.textContent = by.innerText.trim();
    ask.returnValue = '';
    ask.onclose = () => {
      if (ask.returnValue !== 'yes') return;
      form.dataset.sure = '1';
      form.append(make('input', { type: 'hidden', name: 'confirmed', value: '1' }));
      form.requestSubmit(by);
      delete form.dataset.sure;
    };
    ask.showModal(); ok.focus();
  }, true);
  const box = $('#act-dialog');
  if (!box) return;
  const form = $('form', box), op = $('textarea', box), ok = $('[data-ok]', box);
  document.addEventListener('click', (e) => {
    const a = e.target.closest('[data-act]');
    if (!a) return;
    e.preventDefault();
    const d = a.dataset, extra = $('template', a), fields = $('[data-fields]', box);
    $$('.flash', box).forEach((old) => old.remove());
    form.action = d.url;
    form.elements.action.value = d.act; form.elements.version.value = d.version; form.elements.next.value = d.next;
    form.elements.task.value = d.task || ''; form.elements.key.value = key();
    const word = $('label[for=act-opinion]', box);
    word.textContent = d.word || word.dataset.word;
    by = a;
    $('h2', box).textContent = d.label;
    $('[data-what]', box).textContent = d.what;
    $('[data-text]', box).textContent = d.text; $('[data-text]', box).hidden = !d.text;
    fields.replaceChildren(...(extra ? [extra.content.cloneNode(true)] : [])); fields.hidden = !extra;
    wire(fields);
    form.enctype = $('input[type=file]', fields) ? 'multipart/form-data' : 'application/x-www-form-urlencoded';
    $('[data-opinion-field]', box).hidden = !d.opinion;
    $$('[data-phrase]', box).forEach((c) => { c.hidden = !c.dataset.for.split(' ').includes(d.act); });
    op.required = d.opinion === 'required'; op.value = d.preset; op.disabled = !d.opinion;
    ok.className = 'btn b-' + (d.tone === 'danger' ? 'danger' : 'primary');
    box.showModal();
    const first = $('input:not([type="hidden"]), select', fields);
    (first || (op.required && !op.value ? op : ok)).focus();
  });
  document.addEventListener('keydown', (e) => { const a = e.target.closest('a[data-act]'); if (a && e.key === ' ') { e.preventDefault(); a.click(); } });
  // a form on the page whose fields go along with a decision
  form.addEventListener('formdata', (e) => $$('form[data-with]').filter((f) => f.dataset.with.split(' ').includes(form.elements.action.value)).forEach((f) => {
    [...new FormData(f)].forEach(([k, v]) => { if (k.startsWith('set')) e.formData.append(k, v); });
  }));
  // Enter in an input goes on, it sends nothing by accident; Ctrl+Enter sends
  box.addEventListener('keydown', (e) => {
    if (e.key !== 'Enter' || e.isComposing || e.defaultPrevented) return;
    if (e.ctrlKey || e.metaKey) { e.preventDefault(); form.requestSubmit(ok); } else if (e.target.matches('input:not([type=file])')) { e.preventDefault(); (op.disabled || op.value ? ok : op).focus(); }
  });
  box.addEventListener('click', (e) => { const c = e.target.closest('[data-phrase]'); if (c) { op.value = c.textContent; op.focus(); } });
}

/* No second post by a double click. A download leaves the page standing, so the lock opens again. */
function once() {
  document.addEventListener('submit', (e) => {
    if (e.defaultPrevented || e.target.method !== 'post') return;
    if (e.target.dataset.sent) { e.preventDefault(); return; }
    const f = e.target, b = e.submitter;
    f.dataset.sent = '1';
    if (b) b.setAttribute('aria-busy', 'true');
    setTimeout(() => { delete f.dataset.sent; if (b) b.removeAttribute('aria-busy'); }, 3000);
  });
}

/* A decision made on the workbench: the answer is the same page, whose living parts take the place of those shown.
   A refusal is told in the dialog, where what was typed still stands; to any other page the browser goes as usual. */
function refuse(dialog, told) {
  const box = make('div', { className: 'flash t-bad' }, make('div', {}, ...$$('p:not(.row, .oops-code, :has(code)), li', told).map((p) => make('p', { textContent: p.textContent.trim() }))));
  box.setAttribute('role', 'alert');
  $$('.flash', dialog).forEach((old) => old.remove());
  $('header', dialog).after(box);
}
function inplace() {
  document.addEventListener('submit', async (e) => {
    const form = e.target, dialog = form.closest('dialog'), here = location.pathname + location.search;
    if (e.defaultPrevented || !('inplace' in form.dataset) || form.elements.next.value !== here) return;
    e.preventDefault();
    const ok = $('[data-ok]', form), data = new FormData(form), body = form.enctype.startsWith('multipart') ? data : new URLSearchParams(data);
    const at = $$('.todo').indexOf(by && by.closest('.todo'));
    if (ok.getAttribute('aria-busy')) return;
    ok.setAttribute('aria-busy', 'true');
    try {
      const r = await fetch(form.getAttribute('action'), { method: 'POST', body }), to = new URL(r.url), html = await r.text();
      if (r.redirected && to.pathname + to.search !== here) { location.assign(r.url); return; }
      const fresh = new DOMParser().parseFromString(html, 'text/html'), no = $('.oops, #main .problem[role=alert]', fresh);
      if (no) { refuse(dialog, no); ok.removeAttribute('aria-busy'); return; }
      if (!r.redirected) { document.open(); document.write(html); document.close(); return; }
      $$('[data-live]').forEach((old) => { const now = $('[data-live="' + old.dataset.live + '"]', fresh); if (now) { old.replaceWith(now); wire(now); } });
      if (showPane) showPane();
      const said = $('.flashes', fresh), was = $('#main > .flashes');
      if (was) was.remove();
      if (said) { const box = make('div', { className: 'flashes' }); box.setAttribute('role', 'status'); $('#main').prepend(box); box.append(...said.childNodes); box.scrollIntoView({ block: 'nearest' }); }
      dialog.close();
      const rows = $$('.todo'), next = at < 0 ? null : rows[Math.min(at, rows.length - 1)];
      (next ? $('.todo-t a', next) : $('#main')).focus({ preventScroll: true });
    } catch { $('[data-text]', dialog).textContent = text('Fail'); $('[data-text]', dialog).hidden = false; }
    ok.removeAttribute('aria-busy');
  });
}

/* The parts of a record: one shown at a time, named by the hash. */
function panes(nav) {
  const links = $$('a', nav);
  const show = () => {
    const id = decodeURIComponent(location.hash.slice(1)), inside = id && document.getElementById(id);
    const pane = inside && inside.closest('.pane'), on = links.find((a) => pane && a.hash === '#' + pane.id) || links[0];
    links.forEach((a) => { if (a === on) a.setAttribute('aria-current', 'true'); else a.removeAttribute('aria-current'); });
    $$('.pane').forEach((p) => p.classList.toggle('on', '#' + p.id === on.hash));
    const act = id.startsWith('act-') && $('[data-act="' + CSS.escape(id.slice(4)) + '"]');
    if (act) { history.replaceState(null, '', location.pathname + location.search); act.click(); }
  };
  nav.addEventListener('click', (e) => {
    const a = e.target.closest('a');
    if (!a) return;
    e.preventDefault(); history.replaceState(null, '', a.hash); show();
  });
  showPane = show;
  show();
}

function bulk(bar) {
  const boxes = $$('input[name="ids"]'), all = $('[data-all]'), n = $('[data-n]', bar);
  const draw = () => {
    const k = boxes.filter((b) => b.checked).length;
    bar.hidden = !k; n.textContent = n.dataset.text.replace('{n}', k);
    if (all) { all.checked = k > 0 && k === boxes.length; all.indeterminate = k > 0 && k < boxes.length; }
  };
  let last = null;
  boxes.forEach((b, i) => b.addEventListener('click', (e) => {
    if (e.shiftKey && last !== null) boxes.slice(Math.min(i, last), Math.max(i, last) + 1).forEach((x) => { x.checked = b.checked; });
    last = i; draw();
  }));
  const set = (v) => { boxes.forEach((b) => { b.checked = v; }); draw(); };
  if (all) all.addEventListener('change', () => set(all.checked));
  $('[data-none]', bar).addEventListener('click', () => set(false));
  addEventListener('pageshow', draw);
  draw();
}

/* One typed look-up for people, things, pages and mentions. o: url, word() -> str|null, draw(item) -> node, take(item), first */
function typeahead(input, list, o) {
  let items = [], at = -1, run = 0, owed = false;
  const shut = () => { list.hidden = true; items = []; at = -1; input.setAttribute('aria-expanded', 'false'); input.removeAttribute('aria-activedescendant'); };
  const mark = (k) => {
    at = k;
    [...list.children].forEach((li, i) => { li.setAttribute('aria-selected', i === k); if (i === k) { li.scrollIntoView({ block: 'nearest' }); input.setAttribute('aria-activedescendant', li.id); } });
  };
  const take = (k) => { const x = items[k]; run++; owed = false; shut(); if (x) o.take(x); };
  const ask = later(async () => {
    const word = o.word(), mine = ++run;
    if (!word) { shut(); return; }
    try {
      const r = await fetch(o.url + (o.url.includes('?') ? '&' : '?') + 'q=' + encodeURIComponent(word), { headers: { Accept: 'application/json' } });
      if (!r.ok || mine !== run) return;
      items = await r.json();
    } catch { items = []; }
    if (mine !== run) return;
    if (owed && items.length) { take(0); return; }
    if (document.activeElement !== input) return;
    list.replaceChildren(...(items.length ? items.map((x, i) => { const li = o.draw(x); li.id = list.id + i; li.setAttribute('role', 'option'); li.onpointerdown = (e) => { e.preventDefault(); take(i); }; return li; })
      : [make('li', { className: 'none', textContent: text('None') })]));
    list.hidden = false; input.setAttribute('aria-expanded', 'true');
    mark(o.first && items.length ? 0 : -1);
  }, 160);
  input.addEventListener('input', () => { owed = false; if (o.typed) o.typed(); ask(); });
  input.addEventListener('keydown', (e) => {
    if (e.isComposing) return;
    const open = !list.hidden, n = items.length;
    if (e.key === 'ArrowDown' && !open) ask();
    else if (open && n && (e.key === 'ArrowDown' || e.key === 'ArrowUp')) { e.preventDefault(); mark((at + (e.key === 'ArrowDown' ? 1 : n - 1) + n) % n); }
    else if (open && at >= 0 && e.key === 'Enter') { e.preventDefault(); take(at); }
    else if (open && e.key === 'Escape') { e.preventDefault(); e.stopPropagation(); shut(); }
    else if (e.key === 'Tab' && o.first) { if (open && at >= 0) take(at); else owed = !!(o.word() && !(o.done && o.done())); }
  });
  input.addEventListener('blur', () => setTimeout(shut, 120));
}
const option = (x) => make('li', {}, make('span', { textContent: x.text || x.title }), make('small', { textContent: x.hint || '' }));

function picker(root) {
  const input = $('input[role="combobox"]', root), list = $('[role="listbox"]', root), many = 'many' in root.dataset;
  if (!list.id) list.id = input.id + '-list';
  const hidden = many ? null : $('input[type="hidden"]', root);
  root.put = (x) => {
    if (!many) { hidden.value = x.id; input.value = x.text; fire(hidden, 'change'); return; }
    input.value = '';
    if ($$('[data-chips] input', root).some((i) => i.value === String(x.id))) return;
    const drop = make('button', { type: 'button' }, cross());
    drop.dataset.drop = ''; drop.setAttribute('aria-label', text('Remove') + ' ' + x.text);
    $('[data-chips]', root).append(make('span', { className: 'chip' }, make('input', { type: 'hidden', name: root.dataset.name, value: x.id }), x.text, drop));
    fire(input, 'change');
  };
  root.addEventListener('click', (e) => { const b = e.target.closest('[data-drop]'); if (b) { b.closest('.chip').remove(); fire(input, 'change'); input.focus(); } });
  input.addEventListener('keydown', (e) => { if (many && e.key === 'Backspace' && !input.value) { const c = $('[data-chips]', root).lastElementChild; if (c) { c.remove(); fire(input, 'change'); } } });
  typeahead(input, list, { url: root.dataset.url, first: true, draw: option, take: root.put, word: () => input.value.trim(), done: () => hidden && hidden.value, typed: () => { if (hidden) hidden.value = ''; } });
}

function find() {
  const form = $('.find'), input = form && $('input', form);
  if (!input) return;
  document.addEventListener('keydown', (e) => { if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k') { e.preventDefault(); input.focus(); input.select(); } });
  if (!form.dataset.find) return;
  const list = make('ul', { className: 'options', id: 'find-list', hidden: true });
  list.setAttribute('role', 'listbox'); list.setAttribute('aria-label', input.getAttribute('aria-label'));
  input.setAttribute('role', 'combobox'); input.setAttribute('aria-expanded', 'false'); input.setAttribute('aria-controls', list.id);
  form.append(list);
  typeahead(input, list, { url: form.dataset.find, first: true, draw: option, take: (x) => location.assign(x.url), word: () => input.value.trim() });
}

function mention(root) {
  const area = $('textarea', root), list = $('[role="listbox"]', root);
  list.id = area.id + '-list';
  const word = () => { const m = /@([^\s@]{1,20})$/.exec(area.value.slice(0, area.selectionStart)); return m ? m[1] : null; };
  typeahead(area, list, { url: root.dataset.mention, first: true, draw: option, word, take: (x) => {
    const to = area.selectionStart, from = to - word().length;
    area.setRangeText(x.text + ' ', from, to, 'end');
    if (!$$('input[name="mention"]', root).some((i) => i.value === String(x.id))) root.append(make('input', { type: 'hidden', name: 'mention', value: x.id }));
    area.focus();
  } });
}

/* Cards of the home page, sifted by title, pinyin or initials; the key / leads there. */
function sift(input) {
  const box = $(input.dataset.sift), items = $$('[data-sift-text]', box);
  input.addEventListener('input', () => {
    const q = input.value.trim().toLowerCase();
    items.forEach((i) => { i.hidden = !i.dataset.siftText.toLowerCase().includes(q); });
    $$('[data-sift-group]', box).forEach((g) => { g.hidden = !$$('[data-sift-text]', g).some((i) => !i.hidden); });
    $('.sift-none', box).hidden = items.some((i) => !i.hidden);
  });
  document.addEventListener('keydown', (e) => { if (e.key === '/' && !e.target.closest('input, textarea, select, dialog')) { e.preventDefault(); input.focus(); } });
  input.addEventListener('keydown', (e) => { const i = items.find((x) => !x.hidden); if (e.key === 'Enter' && i && !e.isComposing) { e.preventDefault(); $('a', i).click(); } });
}

/* Files: drag and drop, a list, and a word about size and type before anything is sent. */
function dropzone(zone) {
  const input = $('input[type="file"]', zone), list = $('[data-files]', zone), err = $('[data-file-err]', zone), max = Number(zone.dataset.maxMb || 0);
  const kinds = (input.accept || '').toLowerCase().split(',').map((s) => s.trim()).filter((s) => s.startsWith('.'));
  const send = input.form && 'autosend' in input.form.dataset;
  const fits = (f) => {
    if (max && f.size > max * 1048576) { err.textContent = text('Big').replace('{name}', f.name).replace('{max}', max); return false; }
    if (kinds.length && !kinds.some((k) => f.name.toLowerCase().endsWith(k))) { err.textContent = text('Type').replace('{name}', f.name); return false; }
    return true;
  };
  let held = [];
  const put = (files) => { const t = new DataTransfer(); files.forEach((f) => t.items.add(f)); input.files = t.files; held = files; draw(); };
  const draw = () => {
    list.hidden = !held.length;
    list.replaceChildren(...held.map((f, i) => {
      const b = make('button', { type: 'button', onclick: () => put(held.filter((_, k) => k !== i)) }, cross());
      b.setAttribute('aria-label', text('Remove') + ' ' + f.name);
      return make('li', {}, make('span', { textContent: f.name }), make('span', { className: 'mute', textContent: f.size < 1048576 ? Math.ceil(f.size / 1024) + ' kB' : (f.size / 1048576).toFixed(1) + ' MB' }), b);
    }));
  };
  const add = (files) => {
    err.textContent = '';
    const good = files.filter(fits);
    err.hidden = !err.textContent;
    put(input.multiple ? held.concat(good) : good.slice(-1));
    if (send && good.length && err.hidden) input.form.requestSubmit();
  };
  input.addEventListener('change', () => add([...input.files]));
  ['dragenter', 'dragover'].forEach((t) => zone.addEventListener(t, (e) => { e.preventDefault(); zone.classList.add('over'); }));
  ['dragleave', 'drop'].forEach((t) => zone.addEventListener(t, () => zone.classList.remove('over')));
  zone.addEventListener('drop', (e) => { e.preventDefault(); add([...e.dataTransfer.files]); fire(input, 'input'); });
}

/* Lines in place: Enter goes down a line, in the last one it adds one. */
function lines(box) {
  const body = $('tbody', box), blank = $('template', box), max = Number(box.dataset.max || 200);
  let next = $$('[data-line]', body).length;
  const count = () => $$('[data-line]', body).forEach((r, i) => { $('[data-n]', r).textContent = i + 1; });
  box.grow = (focus) => {
    if (body.children.length >= max) return null;
    const row = make('tbody', {}, blank.content.cloneNode(true)).firstElementChild, k = next++;
    $$('*', row).forEach((el) => ['id', 'name', 'for', 'aria-controls', 'aria-describedby', 'data-name'].forEach((a) => { const v = el.getAttribute(a); if (v && v.includes('__i__')) el.setAttribute(a, v.replaceAll('__i__', k)); }));
    body.append(row); $$('[data-picker]', row).forEach(picker); count();
    if (focus) $('input:not([type="hidden"]), select, textarea', row).focus();
    return row;
  };
  box.addEventListener('click', (e) => {
    if (e.target.closest('[data-line-add]')) { e.preventDefault(); box.grow(true); }
    const b = e.target.closest('[data-line-drop]');
    if (b) { b.closest('tr').remove(); if (!body.children.length) box.grow(true); count(); fire(box, 'change'); }
  });
  body.addEventListener('keydown', (e) => {
    if (e.key !== 'Enter' || e.defaultPrevented || e.isComposing || !e.target.matches('input')) return;
    e.preventDefault();
    const cell = e.target.closest('td'), row = cell.parentElement;
    if (!row.nextElementSibling) { box.grow(true); return; }
    const el = $('input:not([type="hidden"]), select', row.nextElementSibling.children[cell.cellIndex]);
    if (el) el.focus();
  });
}

/* In a form Enter goes on to the next field (a request is not sent by accident); Ctrl+Enter presses the main button. */
function enter(form) {
  form.addEventListener('keydown', (e) => {
    if (e.key !== 'Enter' || e.isComposing) return;
    const main = $('.actionbar .b-primary', form);
    if ((e.ctrlKey || e.metaKey) && main) { e.preventDefault(); form.requestSubmit(main); return; }
    if (e.defaultPrevented || !e.target.matches('input:not([type="file"], [type="submit"]), select')) return;
    e.preventDefault();
    const all = [...form.elements].filter((el) => el.offsetParent && !el.disabled && el.type !== 'hidden' && el.tabIndex >= 0), next = all[all.indexOf(e.target) + 1];
    if (next) next.focus();
  });
}

/* The live panel: the form goes to the server 200 ms after the last key, 20 ms after a choice; the answer replaces the panel. */
function preview(form) {
  const region = $('[data-preview]', form);
  if (!region) return;
  const echo = $('[data-echo]', form), tell = () => { const n = $('.preview-n', region); if (echo) echo.textContent = n ? n.textContent.trim() : ''; };
  let going = null;
  tell();
  const ask = async () => {
    if (going) going.abort();
    going = new AbortController();
    const data = new FormData(form);
    [...data].forEach(([k, v]) => { if (v instanceof File) data.delete(k); });
    region.setAttribute('aria-busy', 'true');
    try {
      const r = await fetch(form.dataset.previewUrl, { method: 'POST', body: data, headers: { 'X-Zhidu-Preview': '1' }, signal: going.signal });
      if (r.ok && !r.redirected) {
        const at = region.contains(document.activeElement) && document.activeElement.id;
        region.innerHTML = await r.text(); wire(region); tell();
        if (at) { const el = document.getElementById(at); if (el) el.focus(); }
      }
    } catch (e) { if (e.name === 'AbortError') return; region.textContent = text('Fail'); }
    region.removeAttribute('aria-busy');
  };
  const typed = (e) => e.isTrusted && e.target.matches('input:not([type]), input[type=text], input[type=date], textarea');
  let timer = 0;
  // words typed within the panel change nothing in it
  const run = (e) => { if (e.type === 'input' && region.contains(e.target)) return; clearTimeout(timer); timer = setTimeout(ask, e.type === 'input' && typed(e) ? 200 : 20); };
  form.addEventListener('input', run);
  form.addEventListener('change', run);
}

/* Choosing a card fills fields, as long as they are empty or hold what another card filled in. */
function fills() {
  const texts = (card) => JSON.parse(card.dataset.fills);
  document.addEventListener('change', (e) => {
    const card = e.target;
    if (!card.dataset || !card.dataset.fills || !card.checked) return;
    const cards = $$('[data-fills]', card.form).filter((c) => c.name === card.name);
    Object.entries(texts(card)).forEach(([name, to]) => {
      const el = card.form.elements[name], now = el.value.trim();
      if (now === to || (now && !cards.some((c) => texts(c)[name] === now))) return;
      el.value = to;
      fire(el, 'input');
    });
  });
}

/* Ask before unsaved work is lost; keep it over a change of the language. */
function guard() {
  let dirty = false;
  const typed = (e) => { const f = e.target.closest('form'); if (f && 'guard' in f.dataset) dirty = true; };
  document.addEventListener('input', typed);
  document.addEventListener('change', typed);
  document.addEventListener('submit', (e) => { if (!e.defaultPrevented && ('guard' in e.target.dataset || 'keepFields' in e.target.dataset)) leaving = true; });
  addEventListener('beforeunload', (e) => { if (dirty && !leaving) { e.preventDefault(); e.returnValue = text('Leave'); } });
  addEventListener('pageshow', () => { leaving = false; });
  const key = 'keep:' + location.pathname, forms = () => $$('form[data-keep]');
  const own = (f) => [...f.elements].filter((el) => el.name && !['csrf_token', 'version', 'next', 'key'].includes(el.name) && !['file', 'password', 'submit', 'button'].includes(el.type) && !el.closest('[data-picker]'));
  document.addEventListener('submit', (e) => {
    if (!('keepFields' in e.target.dataset) || !forms().length) return;
    sessionStorage.setItem(key, JSON.stringify(forms().map((f) => ({
      lines: $$('[data-lines]', f).map((b) => $$('[data-line]', b).length),
      fields: own(f).map((el) => [el.name, el.type, el.value, !!el.checked]),
      picks: $$('[data-picker]', f).map((p) => $$('input[type="hidden"]', p).map((i) => ({ id: i.value, text: 'many' in p.dataset ? i.parentElement.textContent.trim() : $('[role="combobox"]', p).value }))),
    }))));
  });
  const kept = sessionStorage.getItem(key);
  if (!kept) return;
  sessionStorage.removeItem(key);
  JSON.parse(kept).forEach((was, n) => {
    const f = forms()[n];
    if (!f) return;
    $$('[data-lines]', f).forEach((b, i) => { while ($$('[data-line]', b).length < was.lines[i] && b.grow(false)) { /* grows */ } });
    const els = own(f);
    was.fields.forEach(([name, type, value, checked]) => {
      const i = els.findIndex((el) => el.name === name && el.type === type && (!['radio', 'checkbox'].includes(type) || el.value === value));
      if (i < 0) return;
      const el = els.splice(i, 1)[0];
      if (['radio', 'checkbox'].includes(type)) el.checked = checked; else el.value = value;
    });
    $$('[data-picker]', f).forEach((p, i) => (was.picks[i] || []).forEach((x) => { if (x.id) p.put(x); }));
    fire(f, 'change');
    $$('[data-start]', f).forEach((el) => fire(el, 'change'));
  });
}

/* A range of days: one press-drag-release, two clicks, or the keyboard. */
function range(box) {
  const table = $('table', box);
  if (!table) return;
  const start = $('[data-start]', box), end = $('[data-end]', box), body = table.tBodies[0];
  const weeks = $$('[data-week]', body), days = $$('[data-date]', body), show = Number(box.dataset.visible);
  const index = (iso) => days.findIndex((d) => d.dataset.date === iso);
  const heads = weeks.map((w) => w.cells[0].innerHTML);
  let top = Number(box.dataset.first), down = -1, cur = -1, anchor = -1, half = false, moved = false, spin = 0, point = null;
  const roll = (to) => {
    top = Math.max(0, Math.min(to, weeks.length - show));
    weeks.forEach((w, i) => {
      w.classList.toggle('out', i < top || i >= top + show);
      w.cells[0].innerHTML = i === top ? heads.slice(0, i + 1).filter(Boolean).pop() || '' : heads[i];
    });
    if (down < 0 && cur >= 0 && (cur < top * 7 || cur >= (top + show) * 7)) rove(top * 7 + cur % 7, false);
    $('[data-earlier]', box).disabled = top === 0; $('[data-later]', box).disabled = top >= weeks.length - show;
  };
  const reveal = (i) => { const w = Math.floor(i / 7); if (w < top) roll(w); else if (w >= top + show) roll(w - show + 1); };
  const paint = (a, b) => days.forEach((d, i) => {
    const td = d.parentElement, on = a >= 0 && i >= Math.min(a, b) && i <= Math.max(a, b);
    td.setAttribute('aria-selected', on); td.classList.toggle('edge', on && (i === a || i === b));
  });
  const rove = (i, focus) => { days.forEach((d, k) => { d.tabIndex = k === i ? 0 : -1; }); cur = i; if (focus) { reveal(i); days[i].focus(); } };
  const set = (a, b) => {
    paint(a, b);
    start.value = days[Math.min(a, b)].dataset.date; end.value = days[Math.max(a, b)].dataset.date;
    fire(start, 'input'); fire(end, 'input', 'change');
  };
  const press = (i) => {
    if (half) { half = false; set(anchor, i); } else { anchor = i; half = true; set(i, i); }
    rove(i, false);
  };
  const under = (x, y) => { const el = document.elementFromPoint(x, y), b = el && el.closest('[data-date]'); return b && !b.disabled ? days.indexOf(b) : -1; };
  const drag = (i) => { if (i >= 0 && i !== cur) { if (i !== down) moved = true; cur = i; if (moved) paint(down, i); } };
  const edge = () => {
    const r = body.getBoundingClientRect(), dir = point.y > r.bottom ? 1 : point.y < r.top ? -1 : 0;
    if (!dir) { clearInterval(spin); spin = 0; return; }
    if (spin) return;
    spin = setInterval(() => { roll(top + dir); const q = body.getBoundingClientRect(); drag(under(Math.max(q.left + 70, Math.min(point.x, q.right - 4)), dir > 0 ? q.bottom - 8 : q.top + 8)); }, 260);
  };
  const listen = (how) => [['move', move], ['up', stop], ['cancel', stop]].forEach(([t, fn]) => document[how + 'EventListener']('pointer' + t, fn));
  const move = (e) => { point = { x: e.clientX, y: e.clientY }; drag(under(point.x, point.y)); edge(); };
  const stop = (e) => {
    listen('remove');
    clearInterval(spin); spin = 0;
    if (moved && e.type === 'pointerup') { half = false; anchor = down; set(down, cur); rove(cur, false); } else if (moved) sync();
    down = -1;
    setTimeout(() => { moved = false; });
  };
  body.addEventListener('pointerdown', (e) => {
    const b = e.target.closest('[data-date]');
    if (!b || e.button || !e.isPrimary) return;
    if (b.hasPointerCapture(e.pointerId)) b.releasePointerCapture(e.pointerId);
    down = cur = days.indexOf(b); moved = false;
    listen('add');
  });
  body.addEventListener('dragstart', (e) => e.preventDefault());
  body.addEventListener('pointerover', (e) => { const b = e.target.closest('[data-date]'); if (half && down < 0 && b && e.pointerType === 'mouse') paint(anchor, days.indexOf(b)); });
  body.addEventListener('click', (e) => {
    const b = e.target.closest('[data-date]');
    if (!b) return;
    if (moved) { moved = false; return; }
    press(days.indexOf(b));
  });
  body.addEventListener('keydown', (e) => {
    const i = days.indexOf(e.target.closest('[data-date]')), col = i % 7;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7, PageUp: -28, PageDown: 28, Home: -col, End: 6 - col }[e.key];
    if (i < 0 || step === undefined) return;
    e.preventDefault();
    const to = Math.max(0, Math.min(days.length - 1, i + step));
    if (days[to].disabled) return;
    if (e.shiftKey) { if (anchor < 0 || !half) anchor = i; half = true; set(anchor, to); } else if (half) paint(anchor, to);
    rove(to, true);
  });
  body.addEventListener('keyup', (e) => { if (e.key === 'Shift' && half && start.value !== end.value) half = false; });
  const sync = () => {
    if (start.value && (!end.value || end.value < start.value)) { end.value = start.value; }
    const a = index(start.value), b = index(end.value);
    paint(a, a < 0 ? a : b < 0 ? days.length - 1 : b);
    if (a >= 0 && down < 0 && !body.contains(document.activeElement)) { reveal(a); rove(a, false); }
    return a;
  };
  [start, end].forEach((i) => i.addEventListener('change', (e) => { if (e.isTrusted || down < 0) { sync(); if (e.isTrusted) half = false; } }));
  $('[data-earlier]', box).addEventListener('click', () => roll(top - 2));
  $('[data-later]', box).addEventListener('click', () => roll(top + 2));
  roll(top);
  if (sync() < 0) rove(Math.max(top * 7, days.findIndex((d) => d.closest('.d-today'))), false);
}

/* A diagram wider than its box shows first what is present, else its middle. */
function diagrams(boxes) {
  const watch = new IntersectionObserver((seen) => seen.forEach(({ isIntersecting, target: box }) => {
    if (!isIntersecting) return;
    watch.unobserve(box);
    const now = $('.is-present, :target', box), at = now && now.getBoundingClientRect(), edge = box.getBoundingClientRect();
    box.scrollLeft = now ? box.scrollLeft + at.left + at.width / 2 - edge.left - edge.width / 2 : (box.scrollWidth - box.clientWidth) / 2;
  }));
  boxes.forEach((box) => watch.observe(box));
}

/* What belongs to a part of the page; also to one that came later. */
function wire(root) {
  const all = (s) => (root !== document && root.matches(s) ? [root] : []).concat($$(s, root));
  all('[data-picker]').forEach(picker);
  all('[data-mention]').forEach(mention);
  all('[data-sift]').forEach(sift);
  all('[data-drop-zone]').forEach(dropzone);
  all('[data-lines]').forEach(lines);
  all('[data-range]').forEach(range);
  all('[data-bulk]').forEach(bulk);
  all('[data-tabs]').forEach(panes);
  diagrams(all('.flowbox'));
}

function start() {
  menus(); flashes(); rows(); dialogs(); inplace(); once(); find();
  wire(document);
  $$('form[data-preview-url]').forEach(preview);
  $$('form.form').forEach(enter);
  $$('form[data-seen]').forEach((f) => fetch(f.action, { method: 'POST', body: new FormData(f), redirect: 'manual' }).catch(() => {}));
  fills(); guard();
  addEventListener('hashchange', () => { if (showPane) showPane(); });
  document.addEventListener('click', (e) => { if (e.target.closest('[data-print]')) print(); });
}
if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start); else start();
})();
