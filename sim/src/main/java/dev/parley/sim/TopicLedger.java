package dev.parley.sim;

import dev.parley.core.topic.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Knows what publishers and subscribers of topics were promised, and complains when it is broken.
///
/// Nothing acknowledged is lost for a durable subscriber; nothing is invented; the messages of one
/// publisher to one topic stay in order; quality of service 2 is exactly once; what comes again has
/// the same packet id and says that it is repeated; a retained message is the last one; a will is
/// published once; a message for a group reaches one of its members.
final class TopicLedger {
    /// Everything known of one message.
    static final class Sent {
        private final String publisher;
        private final String topic;
        private final int qos;
        private final long number;
        private int attempts;
        private boolean acknowledged;

        /// Sessions that it was sent to by some attempt, and by all.
        private final Set<Long> some = new HashSet<>();

        private @Nullable Set<Long> all;
        private boolean group;
        private boolean groupWaived;

        Sent(String publisher, String topic, int qos, long number) {
            this.publisher = publisher;
            this.topic = topic;
            this.qos = qos;
            this.number = number;
        }
    }

    /// What one session has seen of one message.
    private static final class Seen {
        private int count;
        private int fresh;
        private int plain;
        private int packetId;
    }

    private static final class Retainment {
        private final String body;
        private boolean acknowledged;

        Retainment(String body) {
            this.body = body;
        }
    }

    /// What became of the life of a client with a will.
    enum Fate {
        /// Nobody can know whether it began, or whether it said farewell.
        UNKNOWN,
        /// Its will must be published.
        DEAD
    }

    private final History history;
    private final Map<String, Sent> sent = new LinkedHashMap<>();
    private final Map<Long, Map<String, Seen>> seen = new HashMap<>();
    private final Map<String, Set<Long>> groupSeen = new HashMap<>();
    private final Map<String, Long> order = new HashMap<>();
    private final Map<String, List<Retainment>> retained = new TreeMap<>();
    private final Map<String, Fate> wills = new TreeMap<>();
    private final Map<String, Integer> willsSeen = new HashMap<>();
    private boolean watching;
    private long numbers;
    private long confirms;
    private long deliveries;

    TopicLedger(History history) {
        this.history = history;
    }

    long confirms() {
        return confirms;
    }

    long deliveries() {
        return deliveries;
    }

    // ---- publishing

    void publishes(String publisher, String topic, String body, int qos, boolean retain) {
        sent.put(body, new Sent(publisher, topic, qos, ++numbers));
        if (retain) {
            retained.computeIfAbsent(topic, key -> new ArrayList<>()).add(new Retainment(body));
        }
    }

    /// The node is about to send it to these.
    void routed(String body, List<Target> targets) {
        Sent one = known(body);
        one.attempts++;
        Set<Long> here = new HashSet<>();
        for (Target target : targets) {
            if (target.terms().shared()) {
                one.group = true;
            } else {
                here.add(target.session());
            }
        }
        one.some.addAll(here);
        Set<Long> before = one.all;
        if (before == null) {
            one.all = here;
        } else {
            before.retainAll(here);
        }
    }

    void acknowledged(String body) {
        Sent one = known(body);
        confirms++;
        one.acknowledged = true;
        retained.getOrDefault(one.topic, List.of()).stream()
                .filter(each -> each.body.equals(body))
                .forEach(each -> each.acknowledged = true);
        history.note(120, one.number, () -> body + " acknowledged to " + one.publisher);
    }

    private Sent known(String body) {
        Sent one = sent.get(body);
        if (one == null) {
            throw new Violation("invented: " + body);
        }
        return one;
    }

    // ---- delivering

    /// A client got a message; `taken` unless it knows that it has it already.
    void received(
            String client,
            long session,
            String body,
            int packetId,
            boolean repeated,
            int qos,
            boolean group,
            boolean taken) {
        deliveries++;
        if (body.startsWith("will ")) {
            if (taken) {
                receivedWill(body);
            }
            return;
        }
        Sent one = known(body);
        if (!group && !one.some.contains(session)) {
            throw new Violation(client + " got " + body + ", which was not for it");
        }
        Seen here =
                seen.computeIfAbsent(session, key -> new HashMap<>())
                        .computeIfAbsent(body, key -> new Seen());
        boolean once = one.qos == 2;
        if (here.count > 0 && (once || one.attempts == 1) && !group) {
            if (!repeated) {
                throw new Violation(client + " got " + body + " again, and nothing says so");
            }
            if (here.packetId != packetId) {
                throw new Violation(
                        "%s got %s as %d, then as %d"
                                .formatted(client, body, here.packetId, packetId));
            }
        }
        here.count++;
        here.packetId = packetId;
        if (!taken) {
            return;
        }
        here.fresh++;
        if (once && qos == 2 && here.fresh > 1) {
            throw new Violation("twice: " + body + " to " + client);
        }
        here.plain += repeated ? 0 : 1;
        if (!group && here.plain > one.attempts) {
            throw new Violation("%s got %s %d times".formatted(client, body, here.plain));
        }
        if (group) {
            Set<Long> members = groupSeen.computeIfAbsent(body, key -> new HashSet<>());
            members.add(session);
            if (once && qos == 2 && members.size() > 1) {
                throw new Violation("two members got " + body);
            }
        } else if (here.fresh == 1) {
            inOrder(client, session, one, body);
        }
    }

    private void inOrder(String client, long session, Sent one, String body) {
        String line = session + " " + one.publisher + " " + one.topic + " " + one.qos;
        Long before = order.put(line, one.number);
        if (before != null && before > one.number) {
            throw new Violation("%s got %s out of order".formatted(client, body));
        }
    }

    /// A member's session ends while it may have messages of its group that nobody else may get.
    void groupMemberEnds() {
        for (Sent one : sent.values()) {
            if (one.group && one.qos == 2) {
                one.groupWaived = true;
            }
        }
    }

    /// A group has lost its last member, and nobody is there for what that one leaves.
    void groupEmpties() {
        for (Sent one : sent.values()) {
            one.groupWaived |= one.group;
        }
    }

    // ---- wills

    /// From now on somebody sees every will.
    void watches() {
        watching = true;
    }

    boolean watching() {
        return watching;
    }

    void willMayCome(String body) {
        wills.putIfAbsent(body, Fate.UNKNOWN);
    }

    /// Its client died while it certainly held its session.
    void willMustCome(String body) {
        wills.put(body, Fate.DEAD);
    }

    private void receivedWill(String body) {
        if (!wills.containsKey(body)) {
            throw new Violation("invented: " + body);
        }
        if (willsSeen.merge(body, 1, Integer::sum) > 1) {
            throw new Violation("published twice: " + body);
        }
    }

    // ---- in the end

    /// What must have arrived has arrived.
    ///
    /// @param clients the sessions that clients know they have, with the clients' names
    void audit(Map<Long, String> clients) {
        for (Map.Entry<String, Sent> entry : sent.entrySet()) {
            Sent one = entry.getValue();
            Set<Long> all = one.all;
            if (!one.acknowledged || all == null) {
                continue;
            }
            for (long session : all) {
                String client = clients.get(session);
                if (client != null && !has(session, entry.getKey())) {
                    throw new Violation("lost: %s for %s".formatted(entry.getKey(), client));
                }
            }
            if (one.group && !one.groupWaived && !groupSeen.containsKey(entry.getKey())) {
                throw new Violation("lost: " + entry.getKey() + " for a group");
            }
        }
        wills.forEach((body, fate) -> {
            if (fate == Fate.DEAD && !willsSeen.containsKey(body)) {
                throw new Violation("not published: " + body);
            }
        });
    }

    private boolean has(long session, String body) {
        return seen.getOrDefault(session, Map.of()).containsKey(body);
    }

    /// What is kept is what was published last, so far as anybody can know.
    void auditRetained(Map<String, String> found) {
        for (String topic : found.keySet()) {
            if (!retained.containsKey(topic)) {
                throw new Violation("invented: a retained message of " + topic);
            }
        }
        retained.forEach((topic, all) -> {
            Set<String> allowed = new HashSet<>();
            int last = -1;
            for (int n = 0; n < all.size(); n++) {
                last = all.get(n).acknowledged ? n : last;
            }
            if (last < 0) {
                allowed.add("");
            }
            for (int n = Math.max(last, 0); n < all.size(); n++) {
                allowed.add(all.get(n).body.startsWith("clear") ? "" : all.get(n).body);
            }
            if (!allowed.contains(found.getOrDefault(topic, ""))) {
                throw new Violation(
                        "%s keeps '%s', not one of %s"
                                .formatted(topic, found.getOrDefault(topic, ""), allowed));
            }
        });
    }
}
