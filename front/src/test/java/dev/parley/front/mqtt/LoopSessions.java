package dev.parley.front.mqtt;

import dev.parley.api.Reason;
import dev.parley.core.topic.Subscription;
import dev.parley.core.topic.TopicClient;
import dev.parley.core.topic.TopicCommand;
import dev.parley.core.topic.TopicReply;
import dev.parley.core.topic.Will;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The sessions that outlive their connections, as far as connections ask for them: what they
/// subscribe to is kept, and no message ever comes.
final class LoopSessions {
    private static final class Kept {
        private final long number;
        private final Map<String, Subscription> subscriptions = new LinkedHashMap<>();

        Kept(long number) {
            this.number = number;
        }
    }

    private final Map<String, Kept> byClient = new HashMap<>();
    private final List<Will> wills = new ArrayList<>();
    private long last;
    private boolean full;
    private @Nullable TopicClient newest;

    /// A message of the session that was attached last has expired in it.
    void drop() {
        Objects.requireNonNull(newest).onDropped();
    }

    /// From now on nobody's subscriptions are taken.
    void fill() {
        full = true;
    }

    /// The wills that came with the connections.
    List<Will> wills() {
        return wills;
    }

    void decide(TopicCommand command) {
        switch (command) {
            case TopicCommand.Attach attach -> attach(attach);
            case TopicCommand.Detach detach -> {
                if (detach.expirySeconds() == 0) {
                    byClient.values().removeIf(one -> one.number == detach.session());
                }
            }
            case TopicCommand.Discard discard -> {
                byClient.remove(discard.clientId());
                discard.client().onReply(discard.token(), new TopicReply.Done());
            }
            case TopicCommand.Subscribe subscribe -> subscribe(subscribe);
            case TopicCommand.Unsubscribe unsubscribe -> unsubscribe(unsubscribe);
            case TopicCommand.Release release ->
                    release.client().onComplete(release.packetId(), false);
            case TopicCommand.Settle settle -> {
                if (settle.step() == TopicCommand.Step.RECEIVED) {
                    settle.client().onRelease(settle.packetId(), false);
                }
            }
            case TopicCommand.Resume resume -> {
                // Nothing waits.
            }
            default -> throw new IllegalStateException("no connection asks for " + command);
        }
    }

    private void attach(TopicCommand.Attach attach) {
        Kept before = attach.clean() ? null : byClient.get(attach.clientId());
        Kept kept = before == null ? new Kept(++last << 8) : before;
        byClient.put(attach.clientId(), kept);
        newest = attach.client();
        Will will = attach.will();
        if (will != null) {
            wills.add(will);
        }
        attach.client()
                .onReply(
                        attach.token(),
                        new TopicReply.Attached(
                                kept.number,
                                before != null,
                                List.copyOf(kept.subscriptions.values()),
                                List.of()));
    }

    private Map<String, Subscription> subscriptions(long session) {
        return byClient.values().stream()
                .filter(one -> one.number == session)
                .findFirst()
                .map(one -> one.subscriptions)
                .orElseGet(LinkedHashMap::new);
    }

    private void subscribe(TopicCommand.Subscribe subscribe) {
        if (full) {
            TopicReply refused = new TopicReply.Refused(new Reason.Full("there are enough"));
            for (int i = 0; i < subscribe.subscriptions().size(); i++) {
                subscribe.client().onReply(subscribe.token() + i, refused);
            }
            return;
        }
        List<Boolean> existed = new ArrayList<>();
        for (Subscription one : subscribe.subscriptions()) {
            existed.add(subscriptions(subscribe.session()).put(one.filter(), one) != null);
        }
        answer(subscribe.client(), subscribe.token(), existed);
    }

    private void unsubscribe(TopicCommand.Unsubscribe unsubscribe) {
        List<Boolean> existed = new ArrayList<>();
        for (String one : unsubscribe.filters()) {
            existed.add(subscriptions(unsubscribe.session()).remove(one) != null);
        }
        answer(unsubscribe.client(), unsubscribe.token(), existed);
    }

    private static void answer(TopicClient client, long token, List<Boolean> existed) {
        for (int i = 0; i < existed.size(); i++) {
            client.onReply(token + i, new TopicReply.Subscribed(existed.get(i)));
        }
    }
}
