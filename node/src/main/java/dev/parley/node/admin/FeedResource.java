package dev.parley.node.admin;

import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.stream.Start;
import dev.parley.front.http.HttpService.Request;
import dev.parley.front.http.HttpService.Response;
import dev.parley.front.mqtt.AmqpProperties;
import dev.parley.front.pace.Slow;
import dev.parley.node.admin.Route.Audience;
import dev.parley.node.feed.Feeds;
import dev.parley.node.feed.Grant;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// `/v1/topics/{filter}/events`, `/v1/streams/{stream}/events` and `/v1/feed`: readers that stay.
final class FeedResource {
    private static final String EVENTS = "text/event-stream";

    private final Administered node;

    FeedResource(Administered node) {
        this.node = node;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "topics/{filter}/events", this::events, Audience.READERS),
                new Route("GET", "streams/{stream}/events", this::history, Audience.READERS),
                new Route("GET", "feed", this::feed, Audience.READERS));
    }

    private void events(Call call) {
        Request request = call.request();
        if (!accepts(request.header("accept"))) {
            throw new Problem(406, "the answer is " + EVENTS);
        }
        Grant grant = call.grant(node.mqtt());
        List<String> filters = filters(call, grant);
        Slow slow = slow(call);
        boolean retained = request.query().get("retained") == null || call.flag("retained");
        if (request.method().equals("HEAD")) {
            call.answer().send(Response.of(200, EVENTS, ""));
            return;
        }
        refuse(
                call,
                node.feeds()
                        .events(
                                call.answer(),
                                grant,
                                filters,
                                slow,
                                retained,
                                since(request),
                                peer(request)));
    }

    private void history(Call call) {
        Request request = call.request();
        if (!accepts(request.header("accept"))) {
            throw new Problem(406, "the answer is " + EVENTS);
        }
        Grant grant = call.grant(node.mqtt());
        if (!grant.mayReadStream(call.name(0))) {
            throw new Problem(403, "'%s' may not read '%s'".formatted(grant.user(), call.name(0)));
        }
        QueueEntry stream = StreamResource.stream(call);
        String offset = request.query().get("offset");
        Start start = offset == null ? new Start.Next() : StreamMessageResource.place(offset);
        if (!node.serves(stream.shard())) {
            call.refuse(Asker.damaged(stream));
        } else if (request.method().equals("HEAD")) {
            call.answer().send(Response.of(200, EVENTS, ""));
        } else {
            refuse(
                    call,
                    node.feeds()
                            .events(
                                    call.answer(),
                                    grant,
                                    stream,
                                    start,
                                    since(request),
                                    peer(request)));
        }
    }

    /// The filters of a request, all of which its caller may subscribe to.
    private List<String> filters(Call call, Grant grant) {
        Set<String> filters = new LinkedHashSet<>();
        filters.add(call.name(0));
        filters.addAll(call.request().all("filter"));
        if (filters.size() > node.mqtt().mqtt().filtersMax()) {
            throw new Problem(400, "too many filters");
        }
        for (String filter : filters) {
            if (!AmqpProperties.isTopicFilter(filter)) {
                throw new Problem(400, "'" + filter + "' is no filter");
            }
            if (!grant.maySubscribe(filter)) {
                throw new Problem(
                        403, "'%s' may not subscribe to '%s'".formatted(grant.user(), filter));
            }
        }
        return List.copyOf(filters);
    }

    private static boolean accepts(@Nullable String accept) {
        return accept == null
                || accept.contains(EVENTS)
                || accept.contains("*/*")
                || accept.contains("text/*");
    }

    private static Slow slow(Call call) {
        String word = call.request().query().getOrDefault("slow", Slow.DROP_NEW.word());
        Slow slow = Slow.of(word);
        if (slow == null) {
            throw new Problem(400, "slow: " + Slow.refusal(word));
        }
        return slow;
    }

    /// The last event that the reader had; browsers send the header, others may use the query.
    private static @Nullable String since(Request request) {
        String header = request.header("last-event-id");
        return header == null ? request.query().get("lastEventId") : header;
    }

    private void feed(Call call) {
        Request request = call.request();
        if (!request.wantsWebSocket()) {
            Response refusal = Call.problem(426, "this path is for WebSocket");
            call.answer().send(refusal.with("Upgrade", "websocket"));
            return;
        }
        String offered = request.header("sec-websocket-protocol");
        if (offered != null && !List.of(offered.split("\\s*,\\s*")).contains(Feeds.PROTOCOL)) {
            throw new Problem(400, "the subprotocol " + Feeds.PROTOCOL + " is spoken here");
        }
        Grant grant = call.grant(node.mqtt());
        refuse(call, node.feeds().json(call.answer(), grant, slow(call), peer(request)));
    }

    private static void refuse(Call call, @Nullable Response refusal) {
        if (refusal != null) {
            call.answer().send(refusal);
        }
    }

    private static String peer(Request request) {
        InetSocketAddress peer = request.peer();
        return peer.getHostString() + ":" + peer.getPort();
    }
}
