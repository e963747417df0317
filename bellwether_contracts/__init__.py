"""What two services both speak: events, topics, tables, settings fragments, logging."""
