package dev.parley.front.pace;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How many messages one reader has missed, in all and of the topics of which it missed most.
///
/// Of a few topics the counts are exact. Where there are more, those with few give their place to
/// others, and what was counted for them stands under no topic: a topic with many keeps its place,
/// since a newcomer takes over the rank of whom it replaces.
public final class Misses {
    /// Topics that are told apart.
    static final int TOPICS = 16;

    /// What was missed of one topic, at least.
    public record Row(String topic, long count) {}

    private static final class Place {
        private long count;
        private long rank;
    }

    private final Map<String, Place> places = new HashMap<>();
    private long total;

    /// One more was missed.
    public void count(String topic) {
        total++;
        Place place = places.get(topic);
        if (place == null) {
            place = places.size() < TOPICS ? new Place() : vacated();
            places.put(topic, place);
        }
        place.count++;
        place.rank++;
    }

    /// The place of the lowest rank.
    private Place vacated() {
        Map.Entry<String, Place> least = null;
        for (Map.Entry<String, Place> one : places.entrySet()) {
            if (least == null || one.getValue().rank < least.getValue().rank) {
                least = one;
            }
        }
        if (least == null) {
            throw new IllegalStateException("no place is taken");
        }
        Place place = least.getValue();
        places.remove(least.getKey());
        place.count = 0;
        return place;
    }

    /// All that were missed.
    public long total() {
        return total;
    }

    /// The topics of which most were missed, most first.
    public List<Row> rows() {
        return places.entrySet().stream()
                .map(one -> new Row(one.getKey(), one.getValue().count))
                .sorted(Comparator.comparingLong(Row::count).reversed().thenComparing(Row::topic))
                .toList();
    }
}
