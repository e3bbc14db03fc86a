(text, limit, threshold, diversity) => {
    const asked = new URLSearchParams(location.search);
    const number = (name, least, most, given) => {
        const value = Number(asked.get(name) ?? NaN);
        return value >= least && value <= most ? value : given;
    };
    return [
        asked.get("text") ?? "", asked.get("text") ?? text, Math.round(number("limit", 1, MOST, limit)),
        number("threshold", 0, HIGHEST, threshold), number("diversity", 0, 1, diversity),
    ];
}
