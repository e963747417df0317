"""Celery over Redis, set up once for senders and workers alike."""

from celery import Celery

from backend.src.jobs.queue import QUEUES


def celery_app(redis_url: str) -> Celery:
    """The Celery app. Messages are hints (the job's row is the truth), so none is kept for a result.

    A message is acknowledged when a worker gets it: what a dead worker leaves, the reaper finds by its lease,
    sooner than Redis would by its visibility timeout and without running a long job twice.
    """
    app = Celery("bellwether", broker=redis_url)
    app.conf.update(
        task_default_queue=QUEUES["predict"],
        task_create_missing_queues=True,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=False,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=True,
        task_send_sent_event=True,
        worker_max_tasks_per_child=200,
        worker_soft_shutdown_timeout=3,
        broker_connection_timeout=2,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "socket_timeout": 10,
            "socket_connect_timeout": 2,
            "socket_keepalive": True,
            "health_check_interval": 25,
        },
    )
    return app
