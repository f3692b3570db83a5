"""pika, unchanged: blocking and select connections, confirms, redelivery after a lost connection."""

import os
import socket
import sys
import threading

import pika

URL = os.environ["AMQP_URL"]
NAME = os.environ["NAME"]


def check(what, condition):
    if not condition:
        print("FAILED: " + what)
        sys.exit(1)
    print("ok: " + what)


def connect():
    return pika.BlockingConnection(pika.URLParameters(URL + "?socket_timeout=20"))


def blocking():
    connection = connect()
    channel = connection.channel()
    channel.queue_declare(NAME, durable=True)
    channel.confirm_delivery()
    for number in range(100):
        channel.basic_publish(
            "", NAME, b"m%d" % number, pika.BasicProperties(delivery_mode=2, headers={"n": number})
        )
    bodies = []
    for method, properties, body in channel.consume(NAME, inactivity_timeout=30):
        check_quietly("delivery within 30 s", method is not None)
        check_quietly("header of its message", body == b"m%d" % properties.headers["n"])
        bodies.append(body)
        channel.basic_ack(method.delivery_tag)
        if len(bodies) == 100:
            break
    channel.cancel()
    check("100 messages in order", bodies == [b"m%d" % number for number in range(100)])
    check("nothing left", channel.queue_declare(NAME, passive=True).method.message_count == 0)
    try:
        channel.basic_publish("", NAME + ".missing", b"x", mandatory=True)
        check("unroutable is reported", False)
    except pika.exceptions.UnroutableError as error:
        check("unroutable is reported", error.messages[0].method.reply_code == 312)
    try:
        channel.queue_declare(NAME + ".missing", passive=True)
        check("a missing queue closes the channel", False)
    except pika.exceptions.ChannelClosedByBroker as error:
        check("a missing queue closes the channel with 404", error.reply_code == 404)
    check("the connection stays", connection.is_open)
    connection.close()


def check_quietly(what, condition):
    if not condition:
        check(what, False)


def redelivery():
    first = connect()
    channel = first.channel()
    channel.confirm_delivery()
    for number in range(5):
        channel.basic_publish("", NAME, b"r%d" % number)
    for _ in range(3):
        method, _, _ = channel.basic_get(NAME)
        check_quietly("first delivery is not marked", method is not None and not method.redelivered)
    # The socket goes without a word, as when a process is killed.
    first._impl._transport._sock.shutdown(socket.SHUT_RDWR)
    second = connect()
    channel = second.channel()
    seen = []
    for method, _, body in channel.consume(NAME, inactivity_timeout=30):
        check_quietly("redelivery within 30 s", method is not None)
        if not (seen and seen[-1][0] == body):
            seen.append((body, method.redelivered))
        channel.basic_ack(method.delivery_tag)
        if len(seen) == 5:
            break
    channel.cancel()
    by_body = dict(seen)
    check("all five came back", sorted(by_body) == [b"r%d" % number for number in range(5)])
    check("those held are marked", all(by_body[b"r%d" % number] for number in range(3)))
    check("the others are not", not by_body[b"r3"] and not by_body[b"r4"])
    second.close()


def select():
    """A SelectConnection that publishes ten messages, consumes them and closes."""
    state = {"confirmed": 0, "bodies": [], "closed": False}

    def opened(connection):
        connection.channel(on_open_callback=channel_opened)

    def channel_opened(channel):
        channel.queue_declare(
            NAME + ".select", exclusive=True, callback=lambda _: declared(channel)
        )

    def declared(channel):
        channel.basic_qos(prefetch_count=3)
        channel.confirm_delivery(
            ack_nack_callback=confirmed, callback=lambda _: publish(channel)
        )

    def publish(channel):
        channel.basic_consume(NAME + ".select", on_message_callback=message)
        for number in range(10):
            channel.basic_publish("", NAME + ".select", b"s%d" % number)

    def confirmed(frame):
        tag = frame.method.delivery_tag
        state["confirmed"] = tag if frame.method.multiple else state["confirmed"] + 1
        maybe_close()

    def message(channel, method, _, body):
        state["bodies"].append(body)
        state["channel"] = channel
        channel.basic_ack(method.delivery_tag)
        maybe_close()

    def maybe_close():
        if len(state["bodies"]) == 10 and state["confirmed"] >= 10 and not state["closed"]:
            state["closed"] = True
            state["channel"].connection.close()

    connection = pika.SelectConnection(
        pika.URLParameters(URL),
        on_open_callback=opened,
        on_close_callback=lambda connection, _: connection.ioloop.stop(),
    )
    connection.ioloop.start()
    check("select: ten confirms, ten messages", state["bodies"] == [b"s%d" % n for n in range(10)])


def heartbeats():
    connection = pika.BlockingConnection(pika.URLParameters(URL + "?heartbeat=2"))
    connection.process_data_events(time_limit=5)
    check("an idle connection stays open", connection.is_open)
    connection.close()


def blocked_capability():
    connection = connect()
    check("basic.nack is known", connection.basic_nack_supported)
    check("consumer cancellation is known", connection.consumer_cancel_notify_supported)
    check("confirms are known", connection.publisher_confirms_supported)
    connection.close()


def clean():
    connection = connect()
    connection.channel().queue_delete(NAME)
    connection.close()


def out_of_time():
    print("FAILED: not done within 40 s")
    os._exit(2)


if __name__ == "__main__":
    guard = threading.Timer(40, out_of_time)
    guard.daemon = True
    guard.start()
    blocking()
    redelivery()
    select()
    heartbeats()
    blocked_capability()
    clean()
