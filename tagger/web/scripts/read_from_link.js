(text, limit, threshold, diversity, before) => {
    // After a restart of the server the page loads again: then keep what the visitor has typed, and the answer to it.
    if (text.trim()) return [before, text, limit, threshold, diversity];
    const asked = new URLSearchParams(location.search);
    const number = (name, least, most, given) => {
        const value = Number(asked.get(name) ?? NaN);
        return value >= least && value <= most ? value : given;
    };
    // Without a text in the link, an example in the reader's language is tagged.
    const lang = document.documentElement.lang || navigator.language;
    const first = asked.get("text") ?? FIRST[lang.startsWith("zh") ? "zh" : "en"];
    return [
        first, first, Math.round(number("limit", 1, MOST, limit)),
        number("threshold", 0, HIGHEST, threshold), number("diversity", 0, 1, diversity),
    ];
}
