"""The Celery application under test: an ordinary one, as its manual shows them."""

import os
import signal

from celery import Celery

app = Celery("parley", broker=os.environ["AMQP_URL"], backend="rpc://")
app.conf.update(
    task_default_queue=os.environ["NAME"],
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_send_task_events=True,
    task_send_sent_event=True,
    broker_connection_timeout=20,
    result_expires=60,
    broker_connection_retry=False,
)


@app.task
def add(one, two):
    return one + two


@app.task(bind=True, max_retries=3)
def stubborn(self, needed):
    if self.request.retries < needed:
        raise self.retry(countdown=0.2)
    return self.request.retries


@app.task(bind=True)
def killer(self, marker):
    """Kills the whole worker at its first run and answers at the second."""
    if not os.path.exists(marker):
        with open(marker, "w") as out:
            out.write(self.request.hostname)
        os.kill(int(os.environ["WORKER_PID"]) if "WORKER_PID" in os.environ else os.getpid(),
                signal.SIGKILL)
    with open(marker) as first:
        return first.read(), self.request.hostname, self.request.delivery_info["redelivered"]
