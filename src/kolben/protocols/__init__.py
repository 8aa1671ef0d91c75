"""From a server's call to a request's context and back."""
