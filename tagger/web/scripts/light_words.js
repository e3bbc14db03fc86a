// While the pointer or the focus is on a tag, the words that support it stand out in the text.
const light = event => {
    const row = event.target.closest?.('[data-name]');
    for (const mark of element.querySelectorAll('mark[title]'))
        mark.classList.toggle('tw-lit', !!row && mark.title.split(' · ').includes(row.dataset.name));
};
for (const each of ['mouseover', 'focusin', 'mouseleave']) element.addEventListener(each, light);
