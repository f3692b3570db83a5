package dev.parley.core.stream;

import dev.parley.core.message.ShortText;
import dev.parley.core.shard.Decision;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Logs how far cursors are, in one record a turn.
final class Cursors {
    /// A cursor's offset that goes to the log.
    private record Place(long stream, long offset, String name) {}

    private final List<Feed> moving = new ArrayList<>();
    private final List<Place> places = new ArrayList<>();

    /// The committed offset of the feed may have changed.
    void moved(Feed feed) {
        if (feed.cursor() != null && !feed.moved) {
            feed.moved = true;
            moving.add(feed);
        }
    }

    /// Makes a cursor stand at an offset, from the end of this turn on; forgets it with -1.
    void set(Stream stream, String cursor, long offset) {
        places.add(new Place(stream.id(), offset, cursor));
    }

    /// Logs what has moved; returns the feeds that need not be remembered beyond that.
    List<Feed> flush(Decision decision) {
        List<Feed> done = new ArrayList<>();
        for (Feed feed : moving) {
            feed.moved = false;
            String cursor = feed.cursor();
            Stream stream = feed.stream();
            if (cursor == null || feed.gone) {
                continue;
            }
            long committed = feed.committed();
            Long before = stream.cursors().get(cursor);
            if (before == null || before != committed) {
                set(stream, cursor, committed);
            }
            if (feed.members().isEmpty() && committed == feed.next()) {
                done.add(feed);
            }
        }
        moving.clear();
        log(decision);
        return done;
    }

    /// Logs what was set explicitly, at once: what follows in the turn looks at it.
    void log(Decision decision) {
        if (places.isEmpty()) {
            return;
        }
        int size = 4;
        for (Place place : places) {
            size += 8 + 8 + 2 + ShortText.bytes(place.name()).length;
        }
        ByteBuffer out = decision.append(Records.CURSOR, size).putInt(places.size());
        for (Place place : places) {
            out.putLong(place.stream()).putLong(place.offset());
            Records.putText(out, ShortText.bytes(place.name()));
        }
        places.clear();
        decision.apply();
    }
}
