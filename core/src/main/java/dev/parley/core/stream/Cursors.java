package dev.parley.core.stream;

import dev.parley.core.message.ShortText;
import dev.parley.core.shard.Decision;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Logs how far cursors are, in few records a turn; and, well ahead of the deliveries, how far
/// these may go: what may have been delivered says so when it comes again after a crash.
final class Cursors {
    /// Messages that are announced before they are handed out.
    private static final int AHEAD = 2_048;

    /// Cursors that one record names.
    private static final int NAMED_MAX = 1_024;

    /// A cursor's offset that goes to the log.
    private record Place(long stream, long offset, String name) {}

    /// What may be handed out, or was.
    private record Attempt(long stream, long offset, boolean exact, String name) {}

    private final List<Feed> moving = new ArrayList<>();
    private final List<Place> places = new ArrayList<>();
    private final List<Attempt> attempts = new ArrayList<>();

    /// The committed offset of the feed may have changed, or what it may hand out.
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

    /// The stream's present owner begins: what could be handed out before is what is there now.
    /// From the end of this turn on the log says so, or what comes next would seem to have been.
    void begin(Stream stream) {
        stream.cursors()
                .forEach((name, mark) -> {
                    if (!mark.exact()) {
                        attempts.add(new Attempt(stream.id(), stream.tried(mark), true, name));
                    }
                });
    }

    /// Nobody has the feed any more: from the end of this turn on the log says what was handed out.
    void left(Feed feed) {
        String cursor = feed.cursor();
        if (cursor != null) {
            attempts.add(new Attempt(feed.stream().id(), feed.triedTo(), true, cursor));
        }
    }

    /// Logs what has moved; returns the feeds that need not be remembered beyond that.
    ///
    /// @param allowed is told of feeds that may hand out more
    List<Feed> flush(Consumer<Feed> allowed, Decision decision) {
        List<Feed> done = new ArrayList<>();
        List<Feed> announced = new ArrayList<>();
        for (Feed feed : moving) {
            feed.moved = false;
            String cursor = feed.cursor();
            Stream stream = feed.stream();
            if (cursor == null || feed.gone) {
                continue;
            }
            long committed = feed.committed();
            Stream.Mark before = stream.cursors().get(cursor);
            if (before == null || before.offset() != committed) {
                set(stream, cursor, committed);
            }
            if (!feed.members().isEmpty() && feed.attempted() < feed.next() + AHEAD / 2) {
                feed.attempted(feed.next() + AHEAD);
                attempts.add(new Attempt(stream.id(), feed.attempted(), false, cursor));
                announced.add(feed);
            }
            if (feed.members().isEmpty() && committed == feed.next()) {
                left(feed);
                done.add(feed);
            }
        }
        moving.clear();
        log(decision);
        allow(announced, allowed, decision);
        return done;
    }

    private static void allow(List<Feed> announced, Consumer<Feed> allowed, Decision decision) {
        if (announced.isEmpty()) {
            return;
        }
        long[] limits = announced.stream().mapToLong(Feed::attempted).toArray();
        decision.promise(() -> {
            for (int i = 0; i < limits.length; i++) {
                Feed feed = announced.get(i);
                feed.allow(limits[i]);
                if (!feed.gone) {
                    allowed.accept(feed);
                }
            }
        });
    }

    /// Logs what was set explicitly, at once: what follows in the turn looks at it.
    void log(Decision decision) {
        // First, since a cursor that is forgotten has no attempts.
        logAttempts(decision);
        for (List<Place> some : parts(places)) {
            int size = 4;
            for (Place place : some) {
                size += 8 + 8 + 2 + ShortText.bytes(place.name()).length;
            }
            ByteBuffer out = decision.append(Records.CURSOR, size).putInt(some.size());
            for (Place place : some) {
                out.putLong(place.stream()).putLong(place.offset());
                Records.putText(out, ShortText.bytes(place.name()));
            }
            decision.apply();
        }
        places.clear();
    }

    private void logAttempts(Decision decision) {
        for (List<Attempt> some : parts(attempts)) {
            int size = 4;
            for (Attempt attempt : some) {
                size += 8 + 8 + 1 + 2 + ShortText.bytes(attempt.name()).length;
            }
            ByteBuffer out = decision.append(Records.ATTEMPT, size).putInt(some.size());
            for (Attempt attempt : some) {
                out.putLong(attempt.stream()).putLong(attempt.offset());
                out.put((byte) (attempt.exact() ? 1 : 0));
                Records.putText(out, ShortText.bytes(attempt.name()));
            }
            decision.apply();
        }
        attempts.clear();
    }

    /// What goes into one record each: streams may have very many cursors.
    private static <T> List<List<T>> parts(List<T> all) {
        List<List<T>> parts = new ArrayList<>(1);
        for (int from = 0; from < all.size(); from += NAMED_MAX) {
            parts.add(all.subList(from, Math.min(all.size(), from + NAMED_MAX)));
        }
        return parts;
    }
}
