"""Files that go out: how they are opened, told apart and named."""
