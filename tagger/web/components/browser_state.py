"""State that a visitor's browser keeps, even after the server restarts."""

import gradio as gr


def remember(what: str) -> gr.BrowserState:
    """Return a text state kept in the browser. Create it outside the tabs, which are built only when opened."""
    key = f"tagweave-{what}"
    # Without an explicit secret, Gradio makes up a new one at every start and cannot read what it stored before. The
    # secret protects nothing: every browser receives it with the page.
    return gr.BrowserState("", storage_key=key, secret=key)
