package dev.parley.it.mqtt;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A client library that somebody else wrote, behind what all of them can do.
interface Party {

    /// A message as the library hands it over.
    record Got(String topic, String payload, int qos, boolean retained) {}

    /// Connects; without a clean start the session lasts for a while.
    ///
    /// @return whether there was a session
    boolean open(boolean clean) throws Exception;

    void subscribe(String filter, int qos) throws Exception;

    /// Returns once the exchange is over.
    void publish(String topic, String payload, int qos, boolean retained) throws Exception;

    Got next() throws Exception;

    /// Disconnects in good order.
    void close() throws Exception;

    /// What came and was not looked at yet.
    final class Arrivals {
        private final BlockingQueue<Got> all = new LinkedBlockingQueue<>();

        void add(Got got) {
            all.add(got);
        }

        Got next() throws InterruptedException {
            Got got = all.poll(30, TimeUnit.SECONDS);
            if (got == null) {
                throw new AssertionError("no message in time");
            }
            return got;
        }
    }
}
