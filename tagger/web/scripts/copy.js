// Buttons with the data `copy` put the accepted tags into the clipboard: "commas", "lines" or "json".
const written = {commas: tags => tags.join(', '), lines: tags => tags.join('\n'), json: tags => JSON.stringify(tags)};
const byHand = text => {
    // Browsers refuse the clipboard to pages without HTTPS.
    const box = Object.assign(document.createElement('textarea'), {value: text});
    document.body.append(box), box.select(), document.execCommand('copy'), box.remove();
};
element.addEventListener('click', async event => {
    const button = event.target.closest('[data-copy]');
    if (!button) return;
    const text = written[button.dataset.copy](JSON.parse(button.closest('[data-tags]').dataset.tags));
    try { await navigator.clipboard.writeText(text); } catch { byHand(text); button.focus(); }
    button.classList.add('tw-copied');
    setTimeout(() => button.classList.remove('tw-copied'), 1500);
});
// A live region must be there before its text: tell screen readers what came, in one line.
const told = document.createElement('p');
told.className = 'tw-hidden', told.setAttribute('role', 'status');
element.after(told);
watch('value', () => { told.textContent = element.querySelector('.tw-told')?.textContent ?? ''; });
