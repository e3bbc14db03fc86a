"""From a product to ranked tags: taggers, fusion, evaluation, and the ways to use them."""
