package dev.parley.front.home;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.catalog.CatalogMachine;
import dev.parley.core.shard.Command;
import dev.parley.core.topic.Subscription;
import dev.parley.core.topic.Target;
import dev.parley.core.topic.Terms;
import dev.parley.core.topic.TopicCommand;
import dev.parley.front.mqtt.MqttMetrics;
import dev.parley.front.mqtt.Publication;
import dev.parley.front.mqtt.Publication.Ids;
import dev.parley.front.mqtt.Subscriber;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A member that comes to a group gets what waits in the sessions of members that are away.
class GatheringTest {
    private static final int SHARDS = 3;
    private static final String GROUP = "$share/workers/jobs/#";
    private static final TopicCommand.Gather GATHER = new TopicCommand.Gather("/", GROUP);

    private final List<Command> offered = new ArrayList<>();
    private final CatalogMachine catalog = new CatalogMachine(SHARDS);
    private final Topics topics =
            new Topics(
                    SHARDS,
                    (shard, command) -> offered.add(command.detached()),
                    catalog::catalog,
                    () -> 0,
                    new MqttMetrics());
    private final Subscriber member = new Member();

    private static Subscription subscription(String filter) {
        return new Subscription(filter, 1, false, false, 0);
    }

    @Test
    void everyShardIsAskedWhenAMemberConnects() {
        topics.onSubscribed("/", 7, subscription(GROUP));
        topics.onSubscribed("/", 7, subscription("jobs/#"));
        assertThat(offered).isEmpty();
        topics.attach(7, member);
        assertThat(offered).isEqualTo(Collections.nCopies(SHARDS, GATHER));
    }

    @Test
    void everyShardIsAskedWhenOneThatIsConnectedBecomesAMember() {
        topics.attach(7, member);
        topics.onSubscribed("/", 7, subscription("jobs/#"));
        assertThat(offered).isEmpty();
        topics.onSubscribed("/", 7, subscription(GROUP));
        assertThat(offered).isEqualTo(Collections.nCopies(SHARDS, GATHER));
    }

    @Test
    void whatWouldBeLostWithOneGoesToAnotherForWhomItIsKept() {
        topics.onSubscribed("/", 7, new Subscription(GROUP, 0, false, false, 0));
        topics.onSubscribed("/", 8, subscription(GROUP));
        for (int i = 0; i < 4; i++) {
            topics.publish("/", message(), null, null, null, 0);
        }
        assertThat(offered)
                .hasSize(4)
                .allSatisfy(one ->
                        assertThat(((TopicCommand.Publish) one).targets())
                                .extracting(Target::session)
                                .containsExactly(8L));
    }

    @Test
    void nobodyGetsMoreThanItAskedFor() {
        Terms terms = new Terms(1, false, List.of(), GROUP);
        topics.onSubscribed("/", 7, subscription(GROUP));
        topics.onSubscribed("/", 8, new Subscription(GROUP, 0, false, false, 0));
        topics.attach(8, member);
        assertThat(topics.member("/", terms, 7, true)).as("it stays where it is kept").isNull();
        assertThat(topics.member("/", terms, 7, false))
                .isEqualTo(new Target(8, new Terms(0, false, List.of(), GROUP)));
        topics.onSubscribed("/", 9, subscription(GROUP));
        assertThat(topics.member("/", terms, 7, false)).isEqualTo(new Target(9, terms));
    }

    private static Publication message() {
        ByteBuffer none = ByteBuffer.allocate(0);
        return new Publication("jobs/1", 1, false, Long.MAX_VALUE, none, none);
    }

    private static final class Member implements Subscriber {
        @Override
        public String host() {
            return "/";
        }

        @Override
        public String clientId() {
            return "worker";
        }

        @Override
        public void onMessage(Publication message, int qos, boolean retain, Ids ids) {
            throw new AssertionError("nothing is published here");
        }

        @Override
        public boolean ready() {
            return true;
        }
    }
}
