"""kombu by itself, unchanged: producers, consumers, retries, priorities, SimpleQueue, its own pump."""

import os
import socket
import sys

from kombu import Connection, Consumer, Exchange, Producer, Queue
from kombu.mixins import ConsumerMixin

URL = os.environ["AMQP_URL"]
NAME = os.environ["NAME"]
EXCHANGE = Exchange(NAME + ".topic", type="topic", auto_delete=True)


def check(what, condition):
    if not condition:
        print("FAILED: " + what)
        sys.exit(1)
    print("ok: " + what)


def drain(connection, until):
    """Events of the connection until something is so; half a minute without one is too long."""
    while not until():
        connection.drain_events(timeout=30)


def produce_and_consume(connection):
    queue = Queue(NAME, EXCHANGE, routing_key="order.#", queue_arguments={"x-max-priority": 9})
    got = []

    def receive(body, message):
        got.append((body["n"], message.properties["priority"]))
        message.ack()

    returned = []
    producer = Producer(connection, EXCHANGE, serializer="json",
                        on_return=lambda error, *_: returned.append(error.reply_code))
    queue(connection.default_channel).declare()
    for number in range(20):
        producer.publish({"n": number}, routing_key="order.new", priority=number % 2,
                         retry=True, declare=[EXCHANGE])
    with Consumer(connection, [queue], callbacks=[receive], prefetch_count=1):
        drain(connection, lambda: len(got) == 20)
    check("urgent ones first, in order",
          [n for n, _ in got] == list(range(1, 20, 2)) + list(range(0, 20, 2)))

    producer.publish({"n": 0}, routing_key="nowhere", mandatory=True)
    drain(connection, lambda: returned)
    check("unroutable is returned", returned == [312])

    seen = []

    def requeue_once(_, message):
        seen.append(message.delivery_info["redelivered"])
        if len(seen) == 1:
            message.requeue()
        else:
            message.ack()

    producer.publish({"n": 0}, routing_key="order.again", priority=0)
    with Consumer(connection, [queue], callbacks=[requeue_once]):
        drain(connection, lambda: len(seen) == 2)
    check("came back, marked", seen == [False, True])
    queue(connection.default_channel).delete()


def confirms():
    with Connection(URL, transport_options={"confirm_publish": True}) as connection:
        with connection.SimpleQueue(NAME + ".simple") as simple:
            for number in range(20):
                simple.put({"n": number})
            check("length", simple.qsize() == 20)
            got = []
            for _ in range(20):
                message = simple.get(timeout=30)
                got.append(message.payload["n"])
                message.ack()
            check("SimpleQueue, with confirms", got == list(range(20)))
            try:
                simple.get(block=False)
                check("an empty one says so", False)
            except simple.Empty:
                check("an empty one says so", True)
        simple.queue(connection.default_channel).delete()


class Pump(ConsumerMixin):
    """kombu's own loop, which connects again by itself after the connection was lost."""

    def __init__(self, connection, queue):
        self.connection = connection
        self.queue = queue
        self.got = []
        self.times = 0

    def get_consumers(self, _, channel):
        self.channel = channel
        return [Consumer(channel, [self.queue], callbacks=[self.receive], prefetch_count=5)]

    def on_consume_ready(self, *_, **__):
        self.times += 1

    def receive(self, body, message):
        self.got.append(body)
        if self.times == 1:  # as when a cable is cut, before it is acknowledged
            self.channel.connection.transport.sock.shutdown(socket.SHUT_RDWR)
            return
        message.ack()
        self.should_stop = len(set(self.got)) == 3


def pump(connection):
    queue = Queue(NAME + ".pump", auto_delete=False, durable=True)
    queue(connection.default_channel).declare()
    with Connection(URL) as other:
        for body in ("one", "two", "three"):
            Producer(other).publish(body, routing_key=queue.name)
    with Connection(URL) as pumped:
        pump = Pump(pumped, queue)
        pump.run()
    check("came again after the connection was lost", pump.times > 1 and pump.got.count("one") > 1)
    check("and went on", set(pump.got) == {"one", "two", "three"})
    queue(connection.default_channel).delete()


with Connection(URL) as here:
    produce_and_consume(here)
    confirms()
    pump(here)
