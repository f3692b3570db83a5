package dev.parley.node.embed;

import dev.parley.api.Event;
import dev.parley.api.Received;
import dev.parley.api.Recorded;
import dev.parley.node.embed.Backlog.Item;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/// A message in the hands of a subscriber or a reader in this process.
final class LocalReceived<T> implements Received<T> {
    private final Source source;
    private final Item item;
    private final Event<T> event;
    private final long missed;
    private final AtomicBoolean settled = new AtomicBoolean();

    LocalReceived(Source source, Item item, Event<T> event, long missed) {
        this.source = source;
        this.item = item;
        this.event = event;
        this.missed = missed;
    }

    @Override
    public Event<T> event() {
        return event;
    }

    @Override
    public boolean redelivered() {
        return item.repeated();
    }

    @Override
    public long missed() {
        return missed;
    }

    @Override
    public void ack() {
        if (settled.compareAndSet(false, true)) {
            source.settle(item);
        }
    }

    /// The same with its place in the stream that it comes from.
    Recorded<T> recorded() {
        StreamSource.Place place = Objects.requireNonNull(item.place());
        return new LocalRecorded<>(event, place, redelivered(), missed, this::ack);
    }

    boolean settled() {
        return settled.get();
    }
}
