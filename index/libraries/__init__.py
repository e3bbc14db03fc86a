"""Access to third-party libraries: a library without some of its parts, a GPU that a host lends, HTTP with retries."""
