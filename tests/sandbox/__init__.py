"""Tests of the sandbox: a real server process, real sockets, real clips."""
