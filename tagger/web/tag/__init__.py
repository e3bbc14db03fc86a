"""The tab that tags one product."""
