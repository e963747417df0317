"""ClickHouse's HTTP interface over the embedded chdb engine: what the local stack runs as its ClickHouse server."""
