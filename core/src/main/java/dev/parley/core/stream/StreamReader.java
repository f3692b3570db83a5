package dev.parley.core.stream;

/// A reader: a client that gets the messages of a feed, within its window.
final class StreamReader {
    /// Most unsettled messages of a reader that settles, whatever its window.
    private static final int UNSETTLED_MAX = 1 << 16;

    private final StreamClient client;
    private final long id;
    private final Feed feed;
    private final int window;
    private final Unsettled unsettled = new Unsettled();
    private final boolean settles;

    /// Whether its client knows that it is there.
    private boolean joined;

    /// Whether its client has refused a message since it last said that it is ready.
    private boolean asleep;

    StreamReader(StreamClient client, long id, Feed feed, int window) {
        this.client = client;
        this.id = id;
        this.feed = feed;
        this.window = window == 0 ? UNSETTLED_MAX : Math.min(window, UNSETTLED_MAX);
        // What nobody will settle is not remembered.
        this.settles = window > 0 || feed.cursor() != null;
    }

    StreamClient client() {
        return client;
    }

    long id() {
        return id;
    }

    Feed feed() {
        return feed;
    }

    Unsettled unsettled() {
        return unsettled;
    }

    void join() {
        joined = true;
    }

    void wake() {
        asleep = false;
    }

    /// Whether it may be asked to take a message.
    boolean hasRoom() {
        return joined && !asleep && unsettled.size() < window;
    }

    /// Asks it; when it agrees it must be given one at once.
    boolean accepts() {
        if (!hasRoom()) {
            return false;
        }
        asleep = !client.ready(id);
        return !asleep;
    }

    void give(StreamDelivery delivery, int key) {
        if (settles) {
            unsettled.add(delivery.offset(), key);
        }
        client.onDelivery(delivery);
    }
}
