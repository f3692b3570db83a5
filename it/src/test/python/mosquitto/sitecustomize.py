"""Tells Mosquitto's scripts of the one property that a broker with a bound must send and theirs does
not: PACKET_MAX is what the CONNACKs of MQTT 5 that they expect name as the maximum packet size.

Python reads this file at its start because its folder is on the path; TESTS names theirs.
"""

import os
import sys

if os.environ.get("PACKET_MAX"):
    sys.path.insert(0, os.environ["TESTS"])

    import mosq_test
    import mqtt5_props

    bound = mqtt5_props.gen_uint32_prop(mqtt5_props.PROP_MAXIMUM_PACKET_SIZE, int(os.environ["PACKET_MAX"]))
    plain = mosq_test.gen_connack

    def gen_connack(flags=0, rc=0, proto_ver=4, properties=b"", property_helper=True):
        if proto_ver == 5 and rc == 0 and property_helper and properties is not None:
            properties = properties + bound
        return plain(flags, rc, proto_ver, properties, property_helper)

    mosq_test.gen_connack = gen_connack
