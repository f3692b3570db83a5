package dev.parley.bench.topic;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Many clients that connect, subscribe and go together.
final class Crowd implements Client.Listener {

    /// Handshakes under way at one time; below the listening backlog of any broker.
    static final int HANDSHAKES = 64;

    private static final long CONNECT_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long WAIT_MILLIS = 100;
    private static final long GOODBYE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Target target;
    private final List<Client.Identity> identities;
    private final List<Client> clients = new ArrayList<>();
    private final Client.@Nullable Listener listener;
    private final Histogram handshakes = new Histogram(3);
    private final long[] begun;
    private int ready;
    private int started;
    private int gone;
    private boolean leaving;

    Crowd(Target target, List<Client.Identity> identities, Client.@Nullable Listener listener) {
        this.target = target;
        this.identities = List.copyOf(identities);
        this.listener = listener;
        begun = new long[identities.size()];
        for (int i = 0; i < identities.size(); i++) {
            clients.add(new Client(i, identities.get(i), this));
        }
    }

    int size() {
        return clients.size();
    }

    Client get(int index) {
        return clients.get(index);
    }

    List<Client> clients() {
        return clients;
    }

    /// Connects everyone; returns when all are subscribed.
    void connect() throws IOException {
        connect(HANDSHAKES);
    }

    /// Connects everyone, so many at one time.
    void connect(int handshakesMax) throws IOException {
        ready = 0;
        started = 0;
        leaving = false;
        handshakes.reset();
        long began = System.nanoTime();
        while (ready < clients.size()) {
            while (started < clients.size() && started - ready < handshakesMax) {
                begun[started] = System.nanoTime();
                clients.get(started++).connect(target.loop(), target.address());
            }
            target.loop().turn(WAIT_MILLIS);
            if (System.nanoTime() - began > CONNECT_NANOS) {
                throw new IOException(
                        "only %,d of %,d clients were subscribed within %d s"
                                .formatted(
                                        ready,
                                        clients.size(),
                                        TimeUnit.NANOSECONDS.toSeconds(CONNECT_NANOS)));
            }
        }
    }

    /// From the first packet to the answer to the last, of the last `connect`.
    Histogram handshakes() {
        return handshakes;
    }

    /// All connections break at once, without a goodbye.
    void cut() throws IOException {
        leaving = true;
        for (Client client : clients) {
            client.cut();
        }
        // Closed channels leave the selector at its next turn.
        target.loop().turn(0);
    }

    /// All say goodbye; the broker closes, or this does after a while.
    void disconnect() throws IOException {
        leaving = true;
        gone = 0;
        for (Client client : clients) {
            client.disconnect();
        }
        long began = System.nanoTime();
        while (gone < clients.size() && System.nanoTime() - began < GOODBYE_NANOS) {
            target.loop().turn(WAIT_MILLIS);
        }
        for (Client client : clients) {
            client.close();
        }
        target.loop().turn(0);
    }

    /// Lets the broker forget the sessions of these clients.
    void forget() throws IOException {
        var clean = new ArrayList<Client.Identity>();
        for (Client.Identity identity : identities) {
            clean.add(new Client.Identity(identity.level(), identity.clientId(), true, "", 0));
        }
        var forgetting = new Crowd(target, clean, null);
        forgetting.connect();
        forgetting.disconnect();
    }

    @Override
    public void onReady(Client client) throws IOException {
        ready++;
        handshakes.recordValue(System.nanoTime() - begun[client.index()]);
    }

    @Override
    public void onMessage(Client client, ByteBuffer in, int payloadAt, int payloadEnd) {
        if (listener != null) {
            listener.onMessage(client, in, payloadAt, payloadEnd);
        }
    }

    @Override
    public void onEnd(Client client, String why) throws IOException {
        gone++;
        if (leaving) {
            return;
        }
        if (listener == null) {
            throw new IOException("a client was lost: " + why);
        }
        listener.onEnd(client, why);
    }
}
