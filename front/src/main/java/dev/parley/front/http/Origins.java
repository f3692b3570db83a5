package dev.parley.front.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The pages from which browsers may use the node, by HTTP and by WebSocket: one policy for both.
///
/// A browser says where a page is from whenever it asks for more than an image could. Its own pages
/// may ask for everything. A page from elsewhere could use what its reader's machine may do, so it
/// has to be listed; and so has a name that leads here, since any page's own name may be made to
/// lead here too. Other programs name no origin.
final class Origins {
    private static final String ALL = "*";

    /// Seconds that a browser remembers what it was told.
    private static final String REMEMBERED = "600";

    private final List<String> listed;
    private final String scheme;

    /// @param secure whether the node's own pages come with TLS
    Origins(List<String> listed, boolean secure) {
        this.scheme = secure ? "https" : "http";
        this.listed = listed.stream().map(one -> one.toLowerCase(Locale.ROOT)).toList();
    }

    /// Whether a text is `*`, or the scheme and authority of a page.
    static boolean isOrigin(String text) {
        if (text.equals(ALL)) {
            return true;
        }
        try {
            URI page = new URI(text);
            return page.getScheme() != null
                    && page.getHost() != null
                    && text.equals(page.getScheme() + "://" + page.getAuthority());
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /// @param origin the header of that name, or null
    /// @param host likewise
    boolean admits(@Nullable String origin, @Nullable String host) {
        return origin == null || listed(origin) || own(origin, host);
    }

    private boolean listed(String origin) {
        return listed.contains(ALL) || listed.contains(origin.toLowerCase(Locale.ROOT));
    }

    /// Whether a page may ask only since all may: passwords that its browser remembers are not its.
    boolean isStranger(@Nullable String origin, @Nullable String host) {
        return origin != null
                && !listed.contains(origin.toLowerCase(Locale.ROOT))
                && !own(origin, host);
    }

    private boolean own(String origin, @Nullable String host) {
        try {
            URI page = new URI(origin);
            String from = page.getAuthority();
            return from != null
                    && host != null
                    && scheme.equalsIgnoreCase(page.getScheme())
                    && from.equalsIgnoreCase(host)
                    && isAddress(page.getHost());
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /// Whether a request asks for an address, not a name that somebody else may have given to it.
    ///
    /// @param host the header of that name, or null: programs only leave it out
    static boolean isAddressed(@Nullable String host) {
        return host == null || isAddress(host.replaceFirst(":[0-9]*$", ""));
    }

    /// Whether nobody else can say what the name stands for.
    private static boolean isAddress(@Nullable String name) {
        return name != null
                && (name.equalsIgnoreCase("localhost")
                        || name.matches("\\[[0-9a-fA-F:.]+]")
                        || name.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}"));
    }

    /// What a browser has to be told so that the page may read the answer; only of what is listed.
    /// Whoever lists everybody does not mean everybody's logins.
    Map<String, String> headers(@Nullable String origin) {
        if (origin == null || !listed(origin)) {
            return Map.of();
        }
        Map<String, String> headers = new LinkedHashMap<>();
        if (listed.contains(origin.toLowerCase(Locale.ROOT))) {
            headers.put("Access-Control-Allow-Origin", origin);
            headers.put("Access-Control-Allow-Credentials", "true");
        } else {
            headers.put("Access-Control-Allow-Origin", ALL);
        }
        headers.put("Vary", "Origin");
        return headers;
    }

    /// The same for one that asks before it asks.
    Map<String, String> preflight(@Nullable String origin) {
        Map<String, String> headers = new LinkedHashMap<>(headers(origin));
        if (!headers.isEmpty()) {
            headers.put("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
            headers.put(
                    "Access-Control-Allow-Headers", "Authorization, Content-Type, Last-Event-ID");
            headers.put("Access-Control-Max-Age", REMEMBERED);
        }
        return headers;
    }
}
