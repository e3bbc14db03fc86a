"""Ask a large language model about tags: the endpoint, the questions, the answers, and what all of it may cost."""
