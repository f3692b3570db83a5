package dev.parley.node.admin;

import dev.parley.core.catalog.User;
import dev.parley.front.http.HttpService.Answer;
import dev.parley.front.http.HttpService.Request;
import dev.parley.front.http.HttpService.Response;
import dev.parley.front.http.Line;
import java.util.TreeMap;
import java.util.function.Function;

/// The answer to a request that changes something: what came of it is noted.
public final class Audited implements Answer {
    private final Administered node;
    private final User user;
    private final Request request;
    private final Answer answer;

    public Audited(Administered node, User user, Request request, Answer answer) {
        this.node = node;
        this.user = user;
        this.request = request;
        this.answer = answer;
    }

    /// Whatever changes the node is noted; messages that come and go are not.
    static boolean isToBe(Route route) {
        boolean messages =
                route.template().endsWith("/messages")
                        || route.template().endsWith("/deliveries")
                        || route.template().startsWith("deliveries/");
        return !route.method().equals("GET") && !(route.method().equals("POST") && messages);
    }

    @Override
    public void send(Response response) {
        StringBuilder what = new StringBuilder(request.method());
        what.append(" /").append(String.join("/", request.path()));
        new TreeMap<>(request.query())
                .forEach((name, value) -> {
                    boolean secret = name.equals("access_token");
                    what.append(' ').append(name).append('=').append(secret ? "…" : value);
                });
        node.changed(user, request.peer(), what.toString(), response.status());
        answer.send(response);
    }

    @Override
    public void onGone(Runnable action) {
        answer.onGone(action);
    }

    @Override
    public boolean stream(Response head, Function<Line, Line.Peer> peer) {
        return answer.stream(head, peer);
    }

    @Override
    public boolean upgrade(String protocol, int messageMax, Function<Line, Line.Peer> peer) {
        return answer.upgrade(protocol, messageMax, peer);
    }
}
