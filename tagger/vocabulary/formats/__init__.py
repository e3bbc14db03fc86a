"""Readers and writers of vocabulary files: TSV, SKOS, taxonomies."""
