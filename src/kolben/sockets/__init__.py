"""WebSockets (RFC 6455): the connection, the object that handlers see, and the way of a handshake.

There is no I/O here; :mod:`kolben.protocols.websocket` brings a server's calls.
"""
