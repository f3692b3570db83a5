package dev.parley.bench.queue;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.net.URISyntaxException;
import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A client connection for what PerfTest does not do: counting, tidying up, asking for the version.
final class Session implements AutoCloseable {

    /// Deleting a queue with a deep backlog may take its time.
    private static final int RPC_MILLIS = (int) TimeUnit.MINUTES.toMillis(2);

    private final Connection connection;
    private final Channel channel;

    private Session(Connection connection, Channel channel) {
        this.connection = connection;
        this.channel = channel;
    }

    static Session open(Broker broker) throws IOException {
        var factory = new ConnectionFactory();
        try {
            factory.setUri(broker.uri());
            factory.setChannelRpcTimeout(RPC_MILLIS);
            factory.setAutomaticRecoveryEnabled(false);
            Connection connection = factory.newConnection("parley-bench");
            return new Session(connection, connection.createChannel());
        } catch (URISyntaxException | GeneralSecurityException | TimeoutException e) {
            throw new IOException("connecting to " + broker.name(), e);
        }
    }

    /// What the broker calls itself.
    String product() {
        var properties = connection.getServerProperties();
        return properties.get("product") + " " + properties.get("version");
    }

    long depth(String queue) throws IOException {
        return channel.queueDeclarePassive(queue).getMessageCount();
    }

    /// Deletes what a scenario has left behind.
    void delete(Scenario scenario, String name) throws IOException {
        for (String queue : scenario.queues(name)) {
            channel.queueDelete(queue);
        }
        if (scenario.shape() == Scenario.Shape.FANOUT) {
            channel.exchangeDelete(name);
        }
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
