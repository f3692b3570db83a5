package dev.parley.front.http;

import java.util.List;

/// How HTTP behaves, and the bounds of what stays open on it.
///
/// @param origins pages from which browsers may come, besides the node's own; `*`: from all
/// @param feedsMax readers of events and feeds at a time
/// @param feedMessagesMax messages that wait for one that does not read
/// @param feedBytesMax bytes of them; a larger message is missed by all of them
/// @param heartbeatMillis how often one that gets no messages hears that the node is there
/// @param www folder with the pages that are served, or empty: none
public record HttpConfig(
        List<String> origins,
        int feedsMax,
        int feedMessagesMax,
        int feedBytesMax,
        long heartbeatMillis,
        String www) {
    public HttpConfig {
        origins = List.copyOf(origins);
        for (String origin : origins) {
            if (!Origins.isOrigin(origin)) {
                throw new IllegalArgumentException(
                        "'%s' is no origin like https://shop.example:8443".formatted(origin));
            }
        }
    }

    public static final HttpConfig DEFAULT =
            new HttpConfig(List.of(), 10_000, 1_000, 1 << 20, 15_000, "");
}
