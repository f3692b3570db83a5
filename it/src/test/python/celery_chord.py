"""Celery's chords, groups and chains, unchanged: results meet in files, tasks in the broker."""

import os
import subprocess
import sys
import tempfile
import threading

from celery import Celery, chain, chord, group

HERE = os.path.dirname(os.path.abspath(__file__))

# Celery has no chords with results over AMQP; those in files need no other server.
app = Celery("chords", broker=os.environ["AMQP_URL"],
             backend="file://" + os.environ.get("RESULTS", "/nowhere"))
app.conf.update(
    task_default_queue=os.environ["NAME"],
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    broker_connection_timeout=30,
)


@app.task(name="chords.add")
def add(one, two):
    return one + two


@app.task(name="chords.total")
def total(numbers):
    return sum(numbers)


def check(what, condition):
    if not condition:
        print("FAILED: " + what)
        raise SystemExit(1)
    print("ok: " + what, flush=True)


def worker(name):
    return subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "celery_chord", "worker", "--pool", "solo",
         "--hostname", name + "@%h", "--without-mingle", "--without-gossip", "--loglevel", "WARNING"],
        cwd=HERE, stdout=subprocess.DEVNULL, stderr=open(os.environ["LOG"] + "." + name, "w"),
        env=dict(os.environ, C_FORCE_ROOT="1", PYTHONDONTWRITEBYTECODE="1"))


def main():
    check("a group", group(add.s(n, n) for n in range(10)).delay().get(timeout=60)
          == [2 * n for n in range(10)])
    check("a chain", chain(add.s(1, 2), add.s(3), add.s(4)).delay().get(timeout=60) == 10)
    # Whether all have answered is asked by a task that retries every interval.
    each = chord([add.s(n, n) for n in range(10)], total.s(), interval=0.2)
    check("a chord", each.delay().get(timeout=60) == 90)
    nested = chord([chain(add.s(n, 1), add.s(1)) for n in range(3)], total.s(), interval=0.2)
    check("a chord of chains", nested.delay().get(timeout=60) == 9)
    with app.connection() as connection:
        connection.default_channel.queue_delete(os.environ["NAME"])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as results:
        os.environ["RESULTS"] = results
        app.conf.result_backend = "file://" + results
        workers = [worker("one"), worker("two")]

        def out_of_time():
            print("FAILED: not done within 170 s", flush=True)
            for each in workers:
                each.kill()
            os._exit(2)

        guard = threading.Timer(170, out_of_time)
        guard.daemon = True
        guard.start()
        try:
            main()
        finally:
            for each in workers:
                each.kill()
                each.wait()
