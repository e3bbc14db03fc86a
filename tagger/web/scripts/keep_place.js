// The address holds the tab, and the product or tag in the drawer: Back, Forward and a reload lead to them.
const place = () => new URLSearchParams(location.search);
const tabs = () => [...document.querySelectorAll('[role=tab][data-tab-id]')];
const put = changes => {
    const kept = place(), before = kept.toString();
    for (const [name, value] of Object.entries(changes)) value ? kept.set(name, value) : kept.delete(name);
    if (kept.toString() !== before) history.pushState(history.state, '', kept.size ? '?' + kept : location.pathname);
};
// The drawer is laid out when its tab is opened for the first time: try until it has taken the event.
const tell = (detail, tries = 60) => {
    const sent = new CustomEvent('tw-open', {detail, cancelable: true});
    if (document.dispatchEvent(sent) && tries) setTimeout(tell, 100, detail, tries - 1);
};
let moving = false;
const go = () => {
    moving = true;
    const asked = place(), all = tabs();
    const tab = all.find(each => each.dataset.tabId === asked.get('tab')) ?? all[0];
    if (tab.getAttribute('aria-selected') !== 'true') tab.click();
    const open = asked.get('product'), page = asked.get('about');
    if (open || page) tell(open ? {open} : {page});
    else if (document.querySelector('.tw-drawer')) tell({close: '1'});
    moving = false;
};
document.addEventListener('click', event => {
    const target = event.target.closest?.('[role=tab][data-tab-id], [data-open], [data-page], [data-close]');
    if (moving || !target) return;
    const {tabId, open, page, elsewhere} = target.dataset;
    if (tabId) return put({tab: tabId === tabs()[0].dataset.tabId ? '' : tabId, product: '', about: ''});
    put({tab: 'catalogue', product: open ?? '', about: page ?? ''});
    if (elsewhere) go();
}, true);
addEventListener('popstate', go);
// The tabs are laid out after this script has run.
const begin = () => tabs().length ? go() : setTimeout(begin, 50);
if (['tab', 'product', 'about'].some(name => place().has(name))) begin();
