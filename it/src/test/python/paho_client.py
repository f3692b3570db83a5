"""paho-python, unchanged: every QoS in both versions, retained messages, sessions that go on."""

import os
import queue
import sys

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

PORT = int(os.environ["MQTT_PORT"])
NAME = os.environ["NAME"]
PREFIX = "py%d-" % os.getpid()


def check(what, condition):
    if not condition:
        print("FAILED: " + what)
        sys.exit(1)
    print("ok: " + what)


class Client:
    """One connection, and what came on it."""

    def __init__(self, version, name, clean):
        self.version = version
        self.arrived = queue.Queue()
        self.events = queue.Queue()
        arguments = {"client_id": name, "protocol": version}
        if version != mqtt.MQTTv5:
            arguments["clean_session"] = clean
        if hasattr(mqtt, "CallbackAPIVersion"):
            arguments["callback_api_version"] = mqtt.CallbackAPIVersion.VERSION1
        self.client = mqtt.Client(**arguments)
        self.client.on_message = lambda _, __, message: self.arrived.put(message)
        self.client.on_connect = lambda _, __, flags, reason, *rest: self.events.put((flags, reason))
        self.client.on_subscribe = lambda _, __, mid, granted, *rest: self.events.put(granted)
        options = {}
        if version == mqtt.MQTTv5:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = 0 if clean else 60
            options = {"clean_start": clean, "properties": properties}
        self.client.connect("127.0.0.1", PORT, **options)
        self.client.loop_start()
        flags, reason = self.events.get(timeout=30)
        self.present = bool(flags["session present"])
        if reason != 0:
            check("connected: %s" % reason, False)

    def subscribe(self, topic, qos):
        self.client.subscribe(topic, qos)
        self.events.get(timeout=30)

    def publish(self, topic, payload, qos, retain=False, properties=None):
        self.client.publish(topic, payload, qos, retain, properties).wait_for_publish(30)

    def next(self):
        return self.arrived.get(timeout=30)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def exercise(version, title):
    topic = NAME + "/" + title
    publisher = Client(version, PREFIX + "p-" + title, True)
    subscriber = Client(version, PREFIX + "s-" + title, True)
    for granted in range(3):
        subscriber.subscribe("%s/%d" % (topic, granted), granted)
        for qos in range(3):
            publisher.publish("%s/%d" % (topic, granted), b"m%d" % qos, qos)
            message = subscriber.next()
            if (message.payload, message.qos) != (b"m%d" % qos, min(granted, qos)):
                check("%s: QoS %d granted, %d published" % (title, granted, qos), False)
        check("%s: every QoS at a subscription of QoS %d" % (title, granted), True)
    publisher.publish(topic + "/kept", b"kept", 1, True)
    subscriber.subscribe(topic + "/kept", 1)
    message = subscriber.next()
    check(title + ": retained", message.retain and message.payload == b"kept")
    publisher.publish(topic + "/kept", b"", 1, True)
    subscriber.close()
    away = Client(version, PREFIX + "a-" + title, False)
    check(title + ": no session before", not away.present)
    away.subscribe(topic + "/away/#", 2)
    away.close()
    for number in range(20):
        publisher.publish(topic + "/away/x", b"%d" % number, 1 if number < 10 else 2)
    back = Client(version, PREFIX + "a-" + title, False)
    check(title + ": session present", back.present)
    bodies = [back.next().payload for _ in range(20)]
    check(title + ": nothing missed, in order", bodies == [b"%d" % number for number in range(20)])
    back.close()
    Client(version, PREFIX + "a-" + title, True).close()
    publisher.close()


def properties():
    client = Client(mqtt.MQTTv5, PREFIX + "properties", True)
    client.subscribe(NAME + "/properties", 1)
    sent = Properties(PacketTypes.PUBLISH)
    sent.UserProperty = [("b", "1"), ("a", "2")]
    sent.ContentType = "text/plain"
    sent.ResponseTopic = "answers"
    sent.CorrelationData = b"\x00\xff"
    client.publish(NAME + "/properties", b"x", 1, False, sent)
    got = client.next().properties
    check("properties", (got.UserProperty, got.ContentType, got.ResponseTopic, got.CorrelationData)
          == ([("b", "1"), ("a", "2")], "text/plain", "answers", b"\x00\xff"))
    client.close()


exercise(mqtt.MQTTv311, "v3")
exercise(mqtt.MQTTv5, "v5")
properties()
