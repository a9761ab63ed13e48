"""Pictures: preparation for sending, removal of metadata, frames of clips."""
