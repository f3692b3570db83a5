package dev.parley.node.embed;

import dev.parley.api.Event;
import dev.parley.api.Recorded;
import java.time.Instant;

/// A message of a stream in the hands of a program in this process.
///
/// @param done what acknowledges it
record LocalRecorded<T>(
        Event<T> event, StreamSource.Place place, boolean redelivered, long missed, Runnable done)
        implements Recorded<T> {
    @Override
    public long epoch() {
        return place.epoch();
    }

    @Override
    public long offset() {
        return place.offset();
    }

    @Override
    public Instant time() {
        return Instant.ofEpochMilli(place.timeMillis());
    }

    @Override
    public void ack() {
        done.run();
    }
}
