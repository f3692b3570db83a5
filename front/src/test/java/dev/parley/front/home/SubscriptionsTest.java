package dev.parley.front.home;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.topic.Subscription;
import dev.parley.core.topic.Terms;
import java.util.List;
import org.junit.jupiter.api.Test;

/// How the overlapping subscriptions of one session become one.
class SubscriptionsTest {
    private static final String TOPIC = "a/b/c/d/e/f/g/h/i/j/k";

    /// The topic with every choice of levels replaced by `+` that `number` stands for.
    private static String filter(int number) {
        String[] levels = TOPIC.split("/", -1);
        for (int i = 0; i < levels.length; i++) {
            if ((number >> i & 1) == 1) {
                levels[i] = "+";
            }
        }
        return String.join("/", levels);
    }

    @Test
    void aDeliveryCarriesABoundedNumberOfIdentifiers() {
        Subscriptions subscriptions = new Subscriptions();
        for (int i = 0; i < 1_500; i++) {
            subscriptions.add(7L, new Subscription(filter(i), i % 3, false, false, i + 1));
        }
        List<Route.Reach> reaches = subscriptions.route(TOPIC).reaches();
        assertThat(reaches).hasSize(1);
        assertThat(reaches.getFirst().qos()).isEqualTo(2);
        assertThat(reaches.getFirst().idList()).hasSize(Terms.IDS_MAX).doesNotHaveDuplicates();
    }

    @Test
    void aRouteThatIsRememberedKnowsOfLaterChanges() {
        Subscriptions subscriptions = new Subscriptions();
        subscriptions.add(1L, new Subscription("a/#", 1, false, false, 0));
        assertThat(subscriptions.route("a/b").reaches()).hasSize(1);
        subscriptions.add(2L, new Subscription("a/+", 0, false, false, 0));
        assertThat(subscriptions.route("a/b").reaches()).hasSize(2);
        subscriptions.remove(1L, "a/#");
        assertThat(subscriptions.route("a/b").reaches())
                .extracting(Route.Reach::subscriber)
                .containsExactly(2L);
    }
}
