(text, limit, threshold, diversity, taggers, known, first) => {
    // Put the request into the address, so that it can be bookmarked and shared. The example that the page opens with
    // stays out.
    if (text === first && !new URLSearchParams(location.search).has("text")) return [];
    const some = taggers.length && taggers.length < known.split(",").length ? taggers.join(",") : "";
    const kept = new URLSearchParams(location.search), linked = text.trim() && text.length <= LONGEST;
    for (const [name, value] of Object.entries({text, limit, threshold, diversity, taggers: some})) {
        linked && value ? kept.set(name, value) : kept.delete(name);
    }
    history.replaceState(history.state, "", kept.size ? "?" + kept : location.pathname);
    return [];
}
