"""The web page and the APIs."""

from index.libraries.import_patches import patch_on_import


def _write_no_stub(*component: object) -> None:
    """Stand in for the function that parses each component's source and writes a stub file for type checkers."""


# Gradio calls it for each of its own components too, which takes nearly half of the time of `import gradio`.
patch_on_import("gradio.component_meta", {"create_or_modify_pyi": _write_no_stub})
