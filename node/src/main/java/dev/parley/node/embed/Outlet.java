package dev.parley.node.embed;

import dev.parley.api.Reason;
import dev.parley.front.mqtt.MqttBroker;
import dev.parley.front.mqtt.Publication;
import dev.parley.front.mqtt.TopicSpace;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What this process publishes, in order; on the event loop. While the disk has no room or is
/// behind, messages wait here.
final class Outlet implements TopicSpace.Receipt {
    /// One message on its way.
    ///
    /// @param bytes its share of the bound on what is on its way
    /// @param deadlineMillis until when it waits for room
    record Post(Outlet outlet, Publication message, int bytes, long deadlineMillis, Receipt receipt)
            implements Inlet.Job {
        @Override
        public void run() {
            outlet.add(this);
        }

        @Override
        public void refuse(Reason reason) {
            outlet.end(this, reason);
        }
    }

    private final Programs programs;
    private final MqttBroker broker;
    private final ArrayDeque<Post> pending = new ArrayDeque<>();
    private final Map<Long, Post> published = new HashMap<>();
    private long nextToken = 1;

    /// Whether a try is due later, and nothing is published until then.
    private boolean stalled;

    Outlet(Programs programs, MqttBroker broker) {
        this.programs = programs;
        this.broker = broker;
    }

    private void add(Post post) {
        pending.add(post);
        if (!stalled) {
            publish();
        }
    }

    private void publish() {
        Post post;
        while (!stalled && (post = pending.peek()) != null) {
            Reason hindrance = hindrance();
            if (post.receipt().withdrawn()) {
                end(pending.remove(), new Reason.Unavailable("the publisher was interrupted"));
            } else if (hindrance == null) {
                publish(pending.remove());
            } else if (programs.nowMillis() >= post.deadlineMillis()) {
                end(pending.remove(), hindrance);
            } else {
                stalled = true;
                programs.later(Lane.RETRY_MILLIS, this::tryAgain);
            }
        }
    }

    private @Nullable Reason hindrance() {
        if (broker.holdsPublishers()) {
            return new Reason.Full("there is no room for messages, or publishers are held");
        }
        return broker.behind() ? new Reason.Full("the disk is behind") : null;
    }

    private void tryAgain() {
        stalled = false;
        publish();
    }

    private void publish(Post post) {
        long token = nextToken++;
        published.put(token, post);
        programs.metrics().countPublished();
        broker.topics().publish(Programs.HOST, post.message(), null, null, this, token);
    }

    @Override
    public void onAccepted(long token, boolean matched) {
        end(published.remove(token), null);
    }

    @Override
    public void onRefused(long token, Reason reason) {
        end(published.remove(token), reason);
    }

    /// Any thread.
    private void end(@Nullable Post post, @Nullable Reason reason) {
        if (post != null) {
            programs.answers()
                    .add(() -> {
                        programs.release(post.bytes());
                        post.receipt().one(reason);
                    });
        }
    }

    void fail(Reason reason) {
        List<Post> all = new ArrayList<>(published.values());
        all.addAll(pending);
        published.clear();
        pending.clear();
        all.forEach(post -> end(post, reason));
    }
}
