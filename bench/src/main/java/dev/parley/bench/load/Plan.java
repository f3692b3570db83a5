package dev.parley.bench.load;

import java.util.List;

/// Who publishes and who consumes.
public record Plan(Publishing publishing, Consuming consuming) {

    /// @param links how many publishers, each on a connection of its own
    /// @param keys 1: the routing key is as it stands; more: five digits follow it, from 0 up to
    ///   this
    /// @param bytes of a body, at least 8
    /// @param window most publishes of a publisher without their confirm; 0: no confirms asked for
    /// @param ahead most messages published and not delivered yet; 0: no bound
    /// @param rate messages per second of all publishers, each with its intended time; 0: as fast
    ///   as goes
    /// @param messages how many there are to publish in all; 0: no end
    public record Publishing(
            int links,
            String exchange,
            String key,
            int keys,
            int bytes,
            boolean persistent,
            int window,
            long ahead,
            double rate,
            long messages) {

        public Publishing {
            if (bytes < Long.BYTES) {
                throw new IllegalArgumentException("no room for a stamp in " + bytes + " bytes");
            }
        }

        /// As fast as goes to one queue.
        public static Publishing to(
                String queue, int links, int bytes, boolean persistent, int window) {
            return new Publishing(links, "", queue, 1, bytes, persistent, window, 0, 0, 0);
        }

        public static Publishing none() {
            return to("", 0, Long.BYTES, false, 0);
        }

        public Publishing through(String name) {
            return new Publishing(
                    links, name, key, keys, bytes, persistent, window, ahead, rate, messages);
        }

        public Publishing keys(int many) {
            return new Publishing(
                    links, exchange, key, many, bytes, persistent, window, ahead, rate, messages);
        }

        public Publishing ahead(long most) {
            return new Publishing(
                    links, exchange, key, keys, bytes, persistent, window, most, rate, messages);
        }

        public Publishing rate(double perSecond) {
            return new Publishing(
                    links,
                    exchange,
                    key,
                    keys,
                    bytes,
                    persistent,
                    window,
                    ahead,
                    perSecond,
                    messages);
        }

        public Publishing messages(long most) {
            return new Publishing(
                    links, exchange, key, keys, bytes, persistent, window, ahead, rate, most);
        }
    }

    /// @param links for each consuming connection the queues that it consumes from; a queue that is
    ///   named twice has two consumers
    /// @param prefetch most deliveries of a consumer that wait for its acknowledgement, each
    ///   acknowledged by itself; 0: automatic
    public record Consuming(List<List<String>> links, int prefetch) {

        public Consuming {
            links = List.copyOf(links);
        }

        public static Consuming none() {
            return new Consuming(List.of(), 0);
        }
    }
}
