"""Text normalisation, language detection and tokenisation."""
