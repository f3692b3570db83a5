"""Reads server-sent events with Python's own library. Called with the HTTP port; prints "ok"."""
import base64
import json
import sys
import threading
import urllib.request

BASE = "http://127.0.0.1:" + sys.argv[1]
LOGIN = "Basic " + base64.b64encode(b"guest:guest").decode()


def ask(path, body=None):
    headers = {"Authorization": LOGIN, "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    return urllib.request.urlopen(urllib.request.Request(BASE + path, data, headers), timeout=40)


def publish():
    for number in range(100):
        ask("/v1/topics/python%%2F%d/messages" % number, {"body": "message %d" % number}).read()


stream = ask("/v1/topics/python%2F%2B/events")
assert stream.headers["Content-Type"] == "text/event-stream", stream.headers
publisher = threading.Thread(target=publish)
publisher.start()
got = []
for line in stream:
    if line.startswith(b"data: "):
        got.append(json.loads(line[6:])["payload"])
        if len(got) == 100:
            break
publisher.join()
assert got == ["message %d" % number for number in range(100)], got
print("ok")
