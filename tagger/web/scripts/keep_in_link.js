(text, limit, threshold, diversity, taggers, known) => {
    // A link holds what was asked for, so that it can be kept and sent.
    const some = taggers.length && taggers.length < known.split(",").length ? taggers.join(",") : "";
    const kept = new URLSearchParams(location.search), linked = text.trim() && text.length <= LONGEST;
    for (const [name, value] of Object.entries({text, limit, threshold, diversity, taggers: some})) {
        linked && value ? kept.set(name, value) : kept.delete(name);
    }
    history.replaceState(history.state, "", kept.size ? "?" + kept : location.pathname);
    return [];
}
