"""What crosses the wire between a widget and its view in the browser.

Described here once: ``python -m tests.widgets.typescript`` writes ``js/src/protocol/`` from these
modules, and ``tests/widgets/test_protocol.py`` fails while the two differ. A `Request` is handled
by the widgets that declare it with `wiro_widgets.widgets.base.handles`; a request of any other
type is ignored, and a reply with an ``id`` that nobody waits for is, too.
"""
