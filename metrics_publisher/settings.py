"""What metrics_publisher is configured by: its environment, read once in the entry point."""

from pydantic import Field, TypeAdapter

from bellwether_contracts.settings import HttpUrl, KafkaSettings, ServiceSettings

_url: TypeAdapter[HttpUrl] = TypeAdapter(HttpUrl)


class PublisherSettings(ServiceSettings, KafkaSettings):
    """The process's settings."""

    service_name: str = "metrics_publisher"
    scrape_targets: str = Field(min_length=1, description="`name=url` pairs, comma separated.")
    scrape_seconds: float = Field(default=5, gt=0)
    scrape_timeout_seconds: float = Field(default=2, gt=0)
    metrics_publisher_host: str = "127.0.0.1"
    metrics_publisher_port: int = Field(default=8011, ge=0, le=65535)

    def targets(self) -> dict[str, str]:
        """URLs by service name.

        Raises:
            ValueError: an entry is not `name=http://...` or names a service twice.
        """
        found: dict[str, str] = {}
        for entry in filter(None, (part.strip() for part in self.scrape_targets.split(","))):
            name, separator, url = entry.partition("=")
            if not separator or not name or name in found:
                raise ValueError(f"SCRAPE_TARGETS: {entry!r} is not a new `name=url` pair")
            found[name] = str(_url.validate_python(url))
        return found
