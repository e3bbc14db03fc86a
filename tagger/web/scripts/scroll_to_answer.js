() => {
    // On a narrow page the columns are stacked, and the answer may be out of sight. It came unasked when the page opened.
    const asked = navigator.userActivation?.hasBeenActive;
    if (asked && innerWidth < 700) document.querySelector("#answer").scrollIntoView({behavior: "smooth", block: "start"});
}
