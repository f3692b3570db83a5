package dev.parley.node.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.catalog.User;
import dev.parley.front.amqp.Broker;
import dev.parley.front.http.HttpService;
import dev.parley.front.mqtt.MqttBroker;
import dev.parley.node.feed.Feeds;
import dev.parley.node.feed.Tokens;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `openapi.json` describes exactly what there is.
class DescriptionTest {
    @Test
    void describesEveryRouteAndNoOther() throws Exception {
        TreeSet<String> described = new TreeSet<>();
        description()
                .path("paths")
                .properties()
                .forEach(path ->
                        path.getValue()
                                .propertyNames()
                                .forEach(method ->
                                        described.add(
                                                method.toUpperCase(Locale.ROOT)
                                                        + " "
                                                        + path.getKey())));
        TreeSet<String> served = new TreeSet<>();
        new Admin(new Nobody(), new Silent(), Pages.none())
                .routes()
                .forEach(route -> served.add(route.method() + " /v1/" + route.template()));
        assertThat(described).isEqualTo(served);
    }

    @Test
    void everyReferenceLeads() throws Exception {
        JsonNode description = description();
        assertThat(description.findValues("$ref"))
                .isNotEmpty()
                .allSatisfy(reference ->
                        assertThat(
                                        description
                                                .at(reference.asString().substring(1))
                                                .isMissingNode())
                                .as(reference.asString())
                                .isFalse());
    }

    private static JsonNode description() throws Exception {
        try (InputStream in = Admin.class.getResourceAsStream("openapi.json")) {
            return JsonMapper.shared().readTree(Objects.requireNonNull(in));
        }
    }

    /// Answers nothing.
    private static final class Silent implements HttpService {
        @Override
        public void serve(Request request, Answer answer) {
            throw Nobody.unused();
        }

        @Override
        public void admit(Request head, Consumer<Boolean> answer) {
            throw Nobody.unused();
        }
    }

    /// A node that is only there to be asked for its routes.
    private static final class Nobody implements Administered {
        private static UnsupportedOperationException unused() {
            return new UnsupportedOperationException("nothing is served in this test");
        }

        @Override
        public Broker broker() {
            throw unused();
        }

        @Override
        public MqttBroker mqtt() {
            throw unused();
        }

        @Override
        public Feeds feeds() {
            throw unused();
        }

        @Override
        public Tokens tokens() {
            throw unused();
        }

        @Override
        public int shards() {
            throw unused();
        }

        @Override
        public boolean serves(int shard) {
            throw unused();
        }

        @Override
        public boolean stopped() {
            throw unused();
        }

        @Override
        public void hash(String password, Consumer<String> answer) {
            throw unused();
        }

        @Override
        public void reloadTls(BiConsumer<@Nullable String, String> answer) {
            throw unused();
        }

        @Override
        public void changed(User user, InetSocketAddress from, String what, int status) {
            throw unused();
        }

        @Override
        public void denied(User user, InetSocketAddress from) {
            throw unused();
        }

        @Override
        public Runnable after(long millis, Runnable task) {
            throw unused();
        }

        @Override
        public void scrape(Consumer<String> answer) {
            throw unused();
        }

        @Override
        public String version() {
            throw unused();
        }
    }
}
