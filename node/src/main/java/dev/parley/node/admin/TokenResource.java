package dev.parley.node.admin;

import dev.parley.core.catalog.User;
import dev.parley.core.topic.TopicCommand;
import dev.parley.front.http.HttpService.Response;
import dev.parley.front.mqtt.AmqpProperties;
import dev.parley.node.admin.Route.Audience;
import dev.parley.node.feed.Token;
import dev.parley.node.feed.Tokens;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/// `/v1/tokens`: lets a user give a part of what he may to somebody for a while.
final class TokenResource {
    private static final long SECONDS = 3_600;
    private static final long SECONDS_MAX = 86_400;
    private static final int BODY_MAX = 64 << 10;

    private final Administered node;

    TokenResource(Administered node) {
        this.node = node;
    }

    Route route() {
        return new Route("POST", "tokens", this::issue, Audience.USERS);
    }

    private void issue(Call call) {
        if (call.request().body().remaining() > BODY_MAX) {
            throw new Problem(413, "that is too much for a token");
        }
        Fields body = call.body("subscribe", "publish", "expirySeconds");
        List<String> subscribe = filters(body, "subscribe");
        List<String> publish = filters(body, "publish");
        if (subscribe.isEmpty() && publish.isEmpty()) {
            throw new Problem(400, "a token says what may be subscribed to, or published");
        }
        Long seconds = body.number("expirySeconds", 1, SECONDS_MAX);
        String host = call.host().name();
        if (call.caller().in(host) == null) {
            throw new Problem(403, "'%s' may not use this vhost".formatted(call.caller().name()));
        }
        Token token =
                new Token(
                        call.caller().name(),
                        host,
                        subscribe,
                        publish,
                        node.mqtt().wallMillis() + (seconds == null ? SECONDS : seconds) * 1_000);
        // This very login may have had the hash of the password made anew, which comes before this
        // question on the shard of users; a token that is written with the old one is worthless.
        TopicAsker asker = new TopicAsker(reply -> answer(call, token));
        node.broker().offer(0, new TopicCommand.Inspect(asker, 1, -1));
    }

    private void answer(Call call, Token token) {
        User user = node.broker().catalog().user(token.user());
        if (user == null) {
            call.answer().send(Call.problem(401, "the user has gone"));
            return;
        }
        String text = node.tokens().write(token, user);
        if (text.length() > Tokens.LENGTH_MAX) {
            call.answer().send(Call.problem(400, "the filters are too long for a token"));
            return;
        }
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("token", text);
        said.put("user", token.user());
        said.put("vhost", token.host());
        said.put("expiresMillis", token.expiresMillis());
        call.answer()
                .send(
                        Response.json(201, JsonMapper.shared().writeValueAsString(said))
                                .with("Cache-Control", "no-store"));
    }

    private static List<String> filters(Fields body, String name) {
        List<String> filters = body.texts(name);
        for (String filter : filters) {
            if (!AmqpProperties.isFilter(filter)) {
                throw new Problem(400, "'" + filter + "' is no filter");
            }
        }
        return filters;
    }
}
