(text, limit, threshold, diversity, taggers, known) => {
    // Put the request into the address, so that it can be bookmarked and shared.
    const some = taggers.length && taggers.length < known.split(",").length ? taggers.join(",") : "";
    const kept = new URLSearchParams(location.search), linked = text.trim() && text.length <= LONGEST;
    for (const [name, value] of Object.entries({text, limit, threshold, diversity, taggers: some})) {
        linked && value ? kept.set(name, value) : kept.delete(name);
    }
    history.replaceState(history.state, "", kept.size ? "?" + kept : location.pathname);
    return [];
}
