"""Vocabulary files: TSV, SKOS, taxonomies."""
