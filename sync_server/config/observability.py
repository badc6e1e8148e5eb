"""Settings of traces and of ids in logs."""

from dataclasses import dataclass

from sync_server.config.parsing import setting


@dataclass(frozen=True, slots=True)
class ObservabilitySettings:
    """Settings of traces and of ids in logs."""

    otel_exporter_otlp_endpoint: str = setting(
        "", "Collector of traces by OTLP over HTTP, such as http://127.0.0.1:4318; empty: no traces"
    )
    otel_service_name: str = setting("trackforge-sync", "Name of this service in traces")
    otel_traces_sampler_arg: float = setting(
        0.01, "Share of requests that are traced, by trace id where the caller sends one", 0, 1
    )
    log_id_key: str = setting(
        "", "Key that hashes ids of users and sessions in logs; empty: the ids as they are"
    )
