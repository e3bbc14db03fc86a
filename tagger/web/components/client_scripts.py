"""What the browser does with our HTML: a click on any button or point of ours says which, and no click is lost."""

# While one decision is worked on, others wait, so that quick ones arrive in their order. After the new HTML is there,
# the same button has the focus again; those with a `spot` are the same whatever else they say. What opened a drawer has
# the focus when that is closed, also where the list was made anew in the meantime.
CLICKS = """
let last = null, pressed = null, opener = '', busy = 0;
const changes = ['kind', 'undo', 'move', 'edit', 'unedit'];
const waiting = [];
const send = said => {
    // What is chosen hangs on what was chosen before, so a facet waits as well.
    if (!('facet' in said) && !changes.some(key => said[key])) return trigger('click', said);
    if (busy) return waiting.push(said);
    busy = setTimeout(done, 5000);
    trigger('click', said);
};
const done = () => {
    clearTimeout(busy);
    busy = 0;
    if (waiting.length) send(waiting.shift());
};
element.addEventListener('click', event => {
    const button = event.target.closest('button, circle[data-open]');
    if (!button) return;
    last = {...button.dataset};
    pressed = button;
    const typed = button.closest('.tw-form')?.querySelector('input');
    send({...button.dataset, ...(typed && {value: typed.value})});
});
element.addEventListener('keydown', event => {
    if (event.key === 'Enter' && event.target.matches('.tw-form input') && !event.isComposing)
        event.target.closest('.tw-form').querySelector('button').click();
    if (event.key === 'Escape' && element.querySelector('[role=dialog]')) send({close: '1'});
});
const again = () => {
    // Who has planned something goes on to the button that does it.
    const spot = last && (last.plan ? 'apply' : last.spot);
    return last && [...element.querySelectorAll('button')].find(button =>
        spot ? button.dataset.spot === spot : Object.keys(last).every(key => button.dataset[key] === last[key]));
};
const opening = data => [['open'], ['page'], ['plan', 'tag', 'value']].filter(keys => data[keys[0]])
    .map(keys => keys.map(key => '[data-' + key + '="' + CSS.escape(data[key] ?? '') + '"]').join(''))[0];
watch('value', () => {
    done();
    const dialog = element.querySelector('[role=dialog]'), focus = document.activeElement, same = again();
    if (dialog) {
        if (!element.contains(focus)) opener = opening(focus.dataset) || opener;
        return (last && (last.spot || last.plan) && same || dialog.querySelector('[open] input') || dialog).focus();
    }
    const from = opener && document.querySelector(opener);
    opener = '';
    if (from) return from.focus();
    // The HTML is patched in place: the button that was pressed may be another one's by now.
    if (last && same && (focus === document.body || focus === pressed)) same.focus();
});
"""

# Letters work wherever nothing is typed, arrows where they do nothing else, as they do on the page's tabs; the row
# with the focus is the one that is meant.
KEYS = """
const rows = () => [...element.querySelectorAll('.tw-judge')];
const press = button => button && button.click();
const judge = kind => {
    const all = rows(), at = Math.max(0, all.findIndex(row => row.contains(document.activeElement)));
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
"""
