"""Runs one test of Paho's interoperability suites, or lists them: SUITE names the checkout.

paho_suite.py list MODULE             names of its tests
paho_suite.py run MODULE TEST PORT    exit code 0 if exactly one test ran, and passed

The modules are made for the command line and set their globals only there; so that is done here.
"""

import importlib
import logging
import os
import sys
import unittest

NAMES = ("TopicA", "TopicA/B", "Topic/C", "TopicA/C", "/TopicA")
FILTERS = ("TopicA/+", "+/C", "#", "/#", "/+", "+/+", "TopicA/#")


def load(name):
    sys.path.insert(0, os.path.join(os.environ["SUITE"], "interoperability"))
    return importlib.import_module(name)


def prepare(module, port):
    prefix = "client_test5/" if module.__name__ == "client_test5" else ""
    module.host = "127.0.0.1"
    module.port = port
    module.topic_prefix = prefix
    module.topics = [prefix + name for name in NAMES]
    module.wildtopics = [prefix + name for name in FILTERS]
    module.nosubscribe_topics = ("test/nosubscribe",)
    logging.getLogger().setLevel(logging.ERROR)


def main(command, name, *rest):
    module = load(name)
    if command == "list":
        print("\n".join(unittest.defaultTestLoader.getTestCaseNames(module.Test)))
        return 0
    test, port = rest
    prepare(module, int(port))
    result = unittest.TestResult()
    unittest.TestSuite([module.Test(test)]).run(result)
    for _, text in result.failures + result.errors:
        print(text)
    if result.testsRun != 1:
        print("%d tests ran instead of one" % result.testsRun)
        return 2
    return 0 if result.wasSuccessful() else 1


# The suite's threads may outlive their test; the answer does not wait for them.
code = main(*sys.argv[1:])
sys.stdout.flush()
sys.stderr.flush()
os._exit(code)
