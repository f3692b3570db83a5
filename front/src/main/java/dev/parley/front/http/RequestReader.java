package dev.parley.front.http;

import dev.parley.front.http.HttpService.Request;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Makes of what came over a connection what is served.
///
/// @param origins say whose logins count
record RequestReader(Origins origins) {
    /// @throws IllegalArgumentException if it is malformed
    Request read(Channel channel, HttpRequest head, ByteBuffer body) {
        QueryStringDecoder uri = new QueryStringDecoder(head.uri());
        Map<String, String> headers = new HashMap<>();
        head.headers()
                .forEach(one ->
                        headers.putIfAbsent(one.getKey().toLowerCase(Locale.ROOT), one.getValue()));
        String login = headers.get("authorization");
        if (login != null
                && login.regionMatches(true, 0, "Basic", 0, 5)
                && origins.isStranger(headers.get("origin"), headers.get("host"))) {
            // A browser adds it by itself, whatever page asks.
            headers.remove("authorization");
        }
        return new Request(
                head.method().name(),
                segments(uri.rawPath()),
                uri.parameters(),
                body,
                headers,
                channel.remoteAddress() instanceof InetSocketAddress from
                        ? from
                        : InetSocketAddress.createUnresolved("unknown", 0));
    }

    private static List<String> segments(String rawPath) {
        List<String> segments = new ArrayList<>();
        for (String segment : rawPath.substring(rawPath.startsWith("/") ? 1 : 0).split("/", -1)) {
            // A plus sign is itself in a path.
            segments.add(QueryStringDecoder.decodeComponent(segment.replace("+", "%2B")));
        }
        return segments;
    }
}
