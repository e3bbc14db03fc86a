// Decisions are sent one at a time, so that quick clicks arrive in order. After new HTML has arrived, the same button
// gets the focus back; a button is identified by its `spot` if it has one, otherwise by all its data. After a drawer is
// closed, the button that opened it gets the focus, even if the list has been rendered again in the meantime.
let last = null, pressed = null, opener = '', busy = 0;
const changes = ['kind', 'undo', 'move', 'rest', 'edit', 'unedit'];
const waiting = [];
const send = said => {
    // A choice depends on the choices before it, so facet clicks wait too.
    if (!('facet' in said) && !changes.some(key => said[key])) return trigger('click', said);
    if (busy) return waiting.push(said);
    busy = setTimeout(done, 5000);
    trigger('click', said);
};
const wait = on => {
    clearTimeout(window.twWaiting);
    document.body.classList.toggle('tw-waits', on);
    if (on) window.twWaiting = setTimeout(wait, 5000, false);
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
    // Show at once what a click does; the answer of the server follows.
    const on = button.getAttribute('aria-pressed');
    if (on) button.setAttribute('aria-pressed', on === 'true' ? 'false' : 'true');
    const typed = button.closest('.tw-form')?.querySelector('input');
    // What waits for the server shows that it does, until new HTML arrives.
    if (!('row' in button.dataset)) wait(true);
    const order = button.closest('[data-order]')?.dataset.order ?? '';
    const state = button.getAttribute('aria-pressed') ?? '';
    send({...button.dataset, order, pressed: state, ...(typed && {value: typed.value})});
});
// Other tabs and the address open a product or a tag here.
if (element.closest('#product')) document.addEventListener('tw-open', event => {
    event.preventDefault();
    send(event.detail);
});
element.addEventListener('keydown', event => {
    if (event.key === 'Enter' && event.target.matches('.tw-form input') && !event.isComposing)
        event.target.closest('.tw-form').querySelector('button').click();
    if (event.key === 'Escape') element.querySelector('[role=dialog] [data-close]')?.click();
});
const again = () => {
    // After planning a change, move the focus to the button that applies it.
    const spot = last && (last.plan ? 'apply' : last.spot);
    return last && [...element.querySelectorAll('button')].find(button =>
        spot ? button.dataset.spot === spot : Object.keys(last).every(key => button.dataset[key] === last[key]));
};
const opening = data => [['open'], ['page'], ['plan', 'tag', 'value']].filter(keys => data[keys[0]])
    .map(keys => keys.map(key => '[data-' + key + '="' + CSS.escape(data[key] ?? '') + '"]').join(''))[0];
watch('value', () => {
    wait(false);
    done();
    const dialog = element.querySelector('[role=dialog]'), focus = document.activeElement, same = again();
    if (dialog) {
        if (!element.contains(focus)) opener = opening(focus.dataset) || opener;
        return (last && (last.spot || last.plan) && same || dialog.querySelector('[open] input') || dialog).focus();
    }
    const from = opener && document.querySelector(opener);
    opener = '';
    if (from) return from.focus();
    // The HTML is patched in place: the pressed element may now be a different button.
    if (last && same && (focus === document.body || focus === pressed)) same.focus();
});
