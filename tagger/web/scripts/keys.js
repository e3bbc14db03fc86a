// Letter keys work unless the focus is in a text field; arrow keys also give way to other widgets, such as the page's
// tabs. Keys apply to the row with the focus.
const rows = () => [...element.querySelectorAll('.tw-judge')];
const press = button => button && button.click();
const judge = kind => {
    const all = rows(), at = all.findIndex(row => row.contains(document.activeElement));
    // The first key only shows which row the keys apply to.
    if (at < 0) return step(1);
    const spot = row => row && row.querySelector('[data-spot^="' + kind + ' "]');
    const button = spot(all[at]), next = spot(all[at + 1]) || button;
    if (button && button.getAttribute('aria-pressed') !== 'true') press(button);
    if (next) last = {spot: next.dataset.spot}, next.focus();
};
const step = by => {
    const all = rows(), at = all.findIndex(row => row.contains(document.activeElement));
    const row = all[Math.min(all.length - 1, Math.max(0, at + by))];
    if (row) row.querySelector('button').focus();
};
const keys = {
    j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1),
    a: () => judge('accept'), r: () => judge('reject'),
    e: () => press(element.querySelector('[data-rest]')), '/': () => document.querySelector('#add-tag :is(input, textarea)')?.focus(),
    u: () => press(element.querySelector('.tw-undo-last')),
    n: () => press(element.querySelector('[data-move="1"]')),
    p: () => press(element.querySelector('[data-move="-1"]')),
};
keys.ArrowRight = keys.n, keys.ArrowLeft = keys.p;
const typed = event => {
    if (!element.isConnected) return document.removeEventListener('keydown', typed);
    const focus = document.activeElement, elsewhere = focus !== document.body && !element.contains(focus);
    const taken = focus.matches('input, textarea, select') || elsewhere && event.key.length > 1;
    const held = event.ctrlKey || event.metaKey || event.altKey;
    if (taken || held || !element.offsetParent || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
};
document.addEventListener('keydown', typed);
