"""What crosses the wire; each module is the twin of one in ``js/lib/protocol/``.

Every message carries the ``id`` of the request it belongs to, chosen by the browser. A reply with
an id that nobody waits for is ignored, and so is a message of an unknown type.
``tests/widgets/test_protocol.py`` holds the two languages against each other.
"""
