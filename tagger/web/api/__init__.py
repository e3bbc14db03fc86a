"""REST and Gradio endpoints."""
