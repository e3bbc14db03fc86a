"""Who may ask a server what: API keys with scopes."""
