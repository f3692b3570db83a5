"""aio-pika, unchanged: confirms, consumers, returns, RPC, a robust connection that comes back."""

import asyncio
import os
import sys

import aio_pika
from aio_pika.patterns import RPC

URL = os.environ["AMQP_URL"]
NAME = os.environ["NAME"]


def check(what, condition):
    if not condition:
        print("FAILED: " + what)
        sys.stdout.flush()
        os._exit(1)
    print("ok: " + what)


def message(body):
    return aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)


async def publish_and_consume(connection):
    channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
    await channel.set_qos(prefetch_count=10)
    queue = await channel.declare_queue(NAME, durable=True)
    for number in range(100):
        confirmed = await channel.default_exchange.publish(message(b"m%d" % number), NAME)
        if not confirmed:
            check("confirm", False)
    bodies = []
    async with queue.iterator() as deliveries:
        async for delivery in deliveries:
            async with delivery.process():
                bodies.append(delivery.body)
            if len(bodies) == 100:
                break
    check("100 messages in order", bodies == [b"m%d" % number for number in range(100)])
    declared = await channel.declare_queue(NAME, passive=True)
    check("nothing left", declared.declaration_result.message_count == 0)
    try:
        await channel.default_exchange.publish(message(b"x"), NAME + ".missing")
        check("unroutable is reported", False)
    except aio_pika.exceptions.DeliveryError:
        check("unroutable is reported", True)


async def requeue(connection):
    channel = await connection.channel()
    queue = await channel.declare_queue(NAME, passive=True)
    await channel.default_exchange.publish(message(b"again"), NAME)
    first = await queue.get(timeout=30)
    await first.reject(requeue=True)
    second = await queue.get(timeout=30)
    check("came back, marked", second.body == b"again" and second.redelivered)
    await second.ack()


async def topics(connection):
    channel = await connection.channel()
    exchange = await channel.declare_exchange(
        NAME + ".topic", aio_pika.ExchangeType.TOPIC, auto_delete=True)
    queue = await channel.declare_queue(exclusive=True)
    await queue.bind(exchange, "eu.#")
    await exchange.publish(message(b"paris"), "eu.fr.paris")
    got = await queue.get(timeout=30, no_ack=True)
    check("topic", got.body == b"paris" and got.routing_key == "eu.fr.paris")
    check("empty", await queue.get(fail=False) is None)


async def transactions(connection):
    channel = await connection.channel(publisher_confirms=False)
    queue = await channel.declare_queue(exclusive=True)
    transaction = channel.transaction()
    await transaction.select()
    await channel.default_exchange.publish(message(b"no"), queue.name)
    await transaction.rollback()
    await channel.default_exchange.publish(message(b"yes"), queue.name)
    await transaction.commit()
    got = await queue.get(timeout=30, no_ack=True)
    check("transaction", got.body == b"yes" and await queue.get(fail=False) is None)


async def calls(connection):
    """aio-pika's own pattern for remote calls: answers, and errors over dead letters."""
    async def double(number):
        return 2 * number

    channel = await connection.channel()
    rpc = await RPC.create(channel)
    await rpc.register(NAME + ".double", double, auto_delete=True)
    answers = await asyncio.gather(
        *(rpc.call(NAME + ".double", {"number": number}) for number in range(20)))
    check("20 remote calls", answers == [2 * number for number in range(20)])
    await rpc.close()


async def comes_back(connection):
    """A robust connection that the broker closed restores its queue and its consumer by itself."""
    channel = await connection.channel()
    queue = await channel.declare_queue(NAME + ".robust", auto_delete=True)
    arrived = asyncio.Queue()
    await queue.consume(arrived.put, no_ack=True)
    back = asyncio.Event()
    connection.reconnect_callbacks.add(lambda *_: back.set())
    # What no broker has, by which it ends the connection.
    refused = channel.default_exchange.publish(message(b"now"), NAME, immediate=True)
    await asyncio.gather(refused, return_exceptions=True)
    await asyncio.wait_for(back.wait(), 30)
    async with await aio_pika.connect(URL) as other:
        publisher = await other.channel()
        await publisher.default_exchange.publish(message(b"after"), NAME + ".robust")
    got = await asyncio.wait_for(arrived.get(), 30)
    check("a consumer came back with its connection", got.body == b"after")


async def main():
    connection = await aio_pika.connect_robust(URL, reconnect_interval=0.2)
    for each in (publish_and_consume, requeue, topics, transactions, calls, comes_back):
        await each(connection)
    channel = await connection.channel()
    await channel.queue_delete(NAME)
    await connection.close()


asyncio.run(asyncio.wait_for(main(), 80))
