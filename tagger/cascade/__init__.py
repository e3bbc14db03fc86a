"""Ask taggers that cost money only about products that the others are unsure of."""
