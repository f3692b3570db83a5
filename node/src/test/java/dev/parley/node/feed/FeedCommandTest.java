package dev.parley.node.feed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.node.feed.FeedCommand.Misunderstood;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;

/// What clients of feeds say is understood, or refused in one of two ways.
class FeedCommandTest {
    private static long expiresAt(String more) throws Misunderstood {
        FeedCommand.Publish publish =
                (FeedCommand.Publish) read("{'op':'publish','topic':'a'%s}".formatted(more));
        return publish.sending().publication(1_000).expiresAt();
    }

    @Test
    void anExpiryOfNothingIsAtOnceAndNoneIsNever() throws Exception {
        assertThat(expiresAt("")).isEqualTo(Long.MAX_VALUE);
        assertThat(expiresAt(",'expiry':0")).isEqualTo(1_000);
        assertThat(expiresAt(",'expiry':5")).isEqualTo(1_005);
    }

    private static FeedCommand read(String text) throws Misunderstood {
        return FeedCommand.read(text.replace('\'', '"').getBytes(UTF_8));
    }

    @Test
    void commandsAreRead() throws Exception {
        assertThat(read("{'op':'subscribe','filter':'a/#','retained':false}"))
                .isEqualTo(new FeedCommand.Subscribe(null, "a/#", false));
        assertThat(read("{'op':'will'}")).isEqualTo(new FeedCommand.Will(null, null));
        FeedCommand.Publish publish =
                (FeedCommand.Publish)
                        read("{'op':'publish','id':'x','topic':'a','payload':'ü','expiry':5}");
        assertThat(publish.id()).isNotNull();
        assertThat(publish.sending().qos()).isEqualTo(1);
        assertThat(publish.sending().publication(100).expiresAt()).isEqualTo(105);
        assertThat(publish.sending().payload().remaining()).isEqualTo(2);
    }

    @Test
    void whoIsMisunderstoodKeepsHisName() {
        assertThatThrownBy(() -> read("{'op':'subscribe','id':7}"))
                .isInstanceOfSatisfying(
                        Misunderstood.class, wrong -> assertThat(wrong.id()).hasToString("7"));
    }

    @Test
    void whatIsTooLargeToBeACommandIsNotReadToItsEnd() throws Exception {
        String most = "1".repeat(FeedCommand.ID_MAX);
        assertThat(read("{'op':'ping','id':" + most + ",'more':[[{}]]}").id()).hasToString(most);
        int half = FeedCommand.TOKENS_MAX / 2;
        for (String text :
                List.of(
                        "{'op':'ping','id':" + most + "1}",
                        "{'op':'ping','more':[[[[]]]]}",
                        "[".repeat(1 << 20),
                        "{'op':'ping','more':[" + "0,".repeat(2 * half) + "0]}",
                        "{'op':'ping'" + ",'a':0".repeat(half) + "}")) {
            assertThatThrownBy(() -> read(text)).isInstanceOf(JacksonException.class);
        }
    }

    @Test
    void damagedCommandsAreRefused() {
        List<String> right =
                List.of(
                        "{\"op\":\"publish\",\"id\":1,\"topic\":\"a/b\",\"payload\":\"x\",\"qos\":1,"
                                + "\"retain\":true,\"properties\":{\"a\":\"b\"}}",
                        "{\"op\":\"subscribe\",\"filter\":\"a/+/#\",\"id\":\"x\"}");
        long seed = Long.getLong("parley.feeds.seed", 5);
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        int understood = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] text = right.get(i % right.size()).getBytes(UTF_8);
            for (int j = random.nextInt(4); j >= 0; j--) {
                text[random.nextInt(text.length)] = (byte) random.nextInt(256);
            }
            try {
                understood += FeedCommand.read(text) == null ? 0 : 1;
            } catch (Misunderstood | JacksonException e) {
                assertThat(e.getMessage()).isNotNull();
            }
        }
        assertThat(understood).isPositive();
    }
}
