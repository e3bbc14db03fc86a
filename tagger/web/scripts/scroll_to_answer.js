() => {
    // On a narrow page the columns are stacked, and the answer may be out of sight.
    if (innerWidth < 700) document.querySelector("#answer").scrollIntoView({behavior: "smooth", block: "start"});
}
