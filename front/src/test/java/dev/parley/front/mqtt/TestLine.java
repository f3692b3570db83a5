package dev.parley.front.mqtt;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One client of a node without sockets: what it sends is written as [Hex] has it, and so is what
/// it gets.
final class TestLine implements MqttConnection.Wire {
    /// CONNECT of MQTT 5, clean, client identifier `c`.
    static final String HELLO_5 = "10 0e 0004 \"MQTT\" 05 02 0000 00 0001 \"c\"";

    /// The same of MQTT 3.1.1.
    static final String HELLO_3 = "10 0d 0004 \"MQTT\" 04 02 0000 0001 \"c\"";

    private int resumes;
    private final MqttConnection connection;

    private record Task(Runnable what, long due) {}

    private final MqttBroker broker;
    private final List<Task> tasks = new ArrayList<>();
    private boolean writable = true;
    private boolean closed;
    private long backlog;

    TestLine(MqttBroker broker) {
        this.broker = broker;
        connection = new MqttConnection(broker, this);
    }

    MqttConnection connection() {
        return connection;
    }

    boolean closed() {
        return closed;
    }

    /// Sends bytes and returns the answer.
    String says(String bytes) {
        ByteBuffer in = Hex.bytes(bytes);
        connection.read(in);
        return hears();
    }

    /// What has come since.
    String hears() {
        runDue();
        return Hex.drained(connection::drain);
    }

    /// Does what was put off until now.
    private void runDue() {
        long now = broker.tickMillis();
        for (int i = 0; i < tasks.size(); ) {
            if (tasks.get(i).due() <= now) {
                tasks.remove(i).what().run();
                i = 0;
            } else {
                i++;
            }
        }
    }

    /// The client reads no more, and so many bytes wait for it.
    void stall(long bytes) {
        writable = false;
        backlog = bytes;
    }

    void readAgain() {
        writable = true;
        backlog = 0;
        connection.onWritable();
    }

    @Override
    public void flushSoon() {
        // The test looks whenever it wants to.
    }

    @Override
    public void resume() {
        // The test goes on by itself.
        resumes++;
    }

    /// How often the socket was asked to read on.
    int resumes() {
        return resumes;
    }

    @Override
    public void later(Runnable task, long millis) {
        tasks.add(new Task(task, broker.tickMillis() + millis));
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public long backlog() {
        return backlog;
    }

    @Override
    public boolean writable() {
        return writable;
    }

    @Override
    public InetSocketAddress address() {
        return InetSocketAddress.createUnresolved("test", 0);
    }

    @Override
    public @Nullable String certificateName() {
        return null;
    }

    @Override
    public String peer() {
        return "test";
    }
}
