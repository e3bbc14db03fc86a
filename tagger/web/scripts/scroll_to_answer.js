() => {
    // Where the columns stand below one another, the answer may be out of sight.
    if (innerWidth < 700) document.querySelector("#answer").scrollIntoView({behavior: "smooth", block: "start"});
}
