/* The print page: tells the server when the browser prints the sheet, so that printings are counted. Without it the
   button of the page counts, and the browser's own print works all the same. */
(() => {
'use strict';
document.addEventListener('DOMContentLoaded', () => {
  const form = document.querySelector('[data-count]');
  if (!form) return;
  const note = async () => {
    const answer = await fetch(form.action, { method: 'POST', body: new FormData(form), headers: { Accept: 'application/json' }, keepalive: true });
    if (!answer.ok) return;
    const { text } = await answer.json(); // the sheet that is being printed keeps its number: the browser has taken it by now
    document.querySelectorAll('[data-printing]').forEach((e) => { e.textContent = text; });
  };
  addEventListener('beforeprint', () => { note().catch(() => {}); });
  form.addEventListener('submit', (e) => { e.preventDefault(); print(); });
});
})();
