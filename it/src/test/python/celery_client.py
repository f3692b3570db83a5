"""Celery, unchanged: two workers, tasks, retry, ETA, revoke, remote control, events, kill -9."""

import datetime
import os
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from celery.exceptions import TaskRevokedError  # noqa: E402
from celery_app import add, app, killer, stubborn  # noqa: E402

workers = []


def check(what, condition):
    if not condition:
        print("FAILED: " + what)
        finish(1)
    print("ok: " + what, flush=True)


def finish(code):
    for worker in workers:
        worker.kill()
    sys.stdout.flush()
    os._exit(code)


def worker(name):
    # The solo pool runs tasks in the worker's own process, so that kill -9 leaves no child behind.
    started = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "celery_app", "worker", "--pool", "solo",
         "--hostname", name + "@%h", "--without-mingle", "--loglevel", "WARNING"],
        cwd=HERE, stdout=subprocess.DEVNULL, stderr=open(os.environ["LOG"] + "." + name, "w"),
        env=dict(os.environ, C_FORCE_ROOT="1", PYTHONDONTWRITEBYTECODE="1"),
    )
    workers.append(started)
    return started


def until(what, condition, seconds=40):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            check(what, True)
            return found
        threading.Event().wait(0.05)
    check(what, False)


def collect(events):
    """Receives task events on a thread of its own."""
    def run():
        with app.connection() as connection:
            receiver = app.events.Receiver(
                connection, handlers={"*": lambda event: events.append(event["type"])})
            receiver.capture(limit=None, timeout=None, wakeup=True)
    threading.Thread(target=run, daemon=True).start()


def waits_for_its_time():
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1)
    began = time.monotonic()
    check("eta result", add.apply_async((1, 1), eta=soon).get(timeout=30) == 2)
    check("eta was waited for", time.monotonic() - began > 0.8)


def starves_nobody():
    # Each task that waits for its time raises the worker's prefetch: the ninth would starve else.
    for n in range(8):
        add.apply_async((n, n), countdown=600)
    check("a task behind eight that wait", add.delay(4, 5).get(timeout=30) == 9)


def main():
    events = []
    collect(events)
    worker("one")
    until("a worker answers ping", lambda: app.control.inspect(timeout=0.5).ping())
    check("add", add.delay(2, 3).get(timeout=30) == 5)
    results = [add.delay(n, n) for n in range(20)]
    check("twenty results over rpc://", [r.get(timeout=30) for r in results] == [2 * n for n in range(20)])
    waits_for_its_time()
    if os.environ.get("PART") != "prefetch":
        everything_else(events)
    starves_nobody()
    with app.connection() as connection:
        connection.channel().queue_delete(os.environ["NAME"])
    check("workers done", True)


def everything_else(events):
    check("retry twice", stubborn.delay(2).get(timeout=30) == 2)

    later = add.apply_async((1, 1), countdown=10)
    until("inspect shows the scheduled task", lambda: any(
        later.id == each["request"]["id"]
        for tasks in (app.control.inspect(timeout=0.5).scheduled() or {}).values()
        for each in tasks))
    later.revoke()
    until("inspect shows it revoked", lambda: any(
        later.id in ids for ids in (app.control.inspect(timeout=0.5).revoked() or {}).values()))
    # Who answers too late is not heard: a busy machine may need another question.
    until("inspect registered", lambda: any(
        "celery_app.add" in names
        for names in (app.control.inspect(timeout=0.5).registered() or {}).values()))
    until("queue of the worker", lambda: app.control.inspect(timeout=0.5).active_queues())
    # That it does not run shows when its time has come; the second worker starts meanwhile.
    worker("two")
    try:
        later.get(timeout=30)
        check("revoked task does not run", False)
    except TaskRevokedError:
        check("revoked task does not run", True)
    until("events came", lambda: {"task-sent", "task-received", "task-started", "task-succeeded",
                                  "task-retried", "task-revoked"} <= set(events))

    until("two workers answer", lambda: len(app.control.ping(timeout=0.5)) == 2)
    with tempfile.TemporaryDirectory() as folder:
        result = killer.delay(os.path.join(folder, "marker"))
        first, second, redelivered = result.get(timeout=30)
        check("a killed worker's task ran on another: %s, %s" % (first, second), first != second)
        check("and was marked redelivered", redelivered)
    until("one of two workers is left", lambda: len(app.control.ping(timeout=0.5)) == 1)
    check("exactly one was killed", sorted(w.poll() is None for w in workers) == [False, True])


if __name__ == "__main__":
    guard = threading.Timer(160, lambda: (print("FAILED: not done within 160 s"), finish(2)))
    guard.daemon = True
    guard.start()
    try:
        main()
    except BaseException as failure:  # whatever it is, the workers must not outlive us
        print("FAILED: %r" % failure)
        finish(1)
    finish(0)
