// A button with the data `tab` opens that tab.
element.addEventListener('click', event => {
    const button = event.target.closest('[data-tab]');
    if (button) document.querySelector('[role=tab][data-tab-id="' + CSS.escape(button.dataset.tab) + '"]')?.click();
});
