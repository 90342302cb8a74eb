/* The editor of flows: a step's form shows only what its kind can have. Without script all of it stands there. */
(() => {
'use strict';
const form = document.querySelector('.stepform');
const kind = form && form.elements.namedItem('kind');
if (!kind) return;
const parts = [...form.querySelectorAll('[data-kinds]')];
const verb = form.elements.namedItem('verb'), quota = form.elements.namedItem('quota'), mode = form.elements.namedItem('mode');
const who = form.elements.namedItem('stand_in'), nobody = form.elements.namedItem('nobody');
const own = form.elements.namedItem('own_acts'), acts = form.querySelector('#acts');
const field = (input) => input && input.closest('.field');
const draw = () => {
  parts.forEach((p) => { p.hidden = !p.dataset.kinds.split(' ').includes(kind.value); });
  if (field(verb)) field(verb).hidden = kind.value !== 'approve';
  if (field(quota)) field(quota).hidden = !['ratio', 'count'].includes(mode.value);
  if (field(who)) field(who).hidden = nobody.value !== 'user';
  if (acts && own) acts.hidden = !own.checked;
};
form.addEventListener('change', draw);
draw();
})();
