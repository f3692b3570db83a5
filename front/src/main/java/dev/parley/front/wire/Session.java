package dev.parley.front.wire;

import dev.parley.front.amqp.AmqpConnection;
import dev.parley.front.mqtt.MqttConnection;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/// What speaks a protocol above a socket, as the socket sees it.
sealed interface Session {
    /// Takes what the client has sent and leaves what it cannot take yet.
    void read(ByteBuffer in);

    /// The bytes that must be there before [#read] takes the first of them.
    int needed(ByteBuffer in);

    boolean paused();

    /// Whether it is paused until there is room, which may never be: a client that has ended its
    /// side meanwhile is not waited for.
    boolean awaitsRoom();

    /// Whether the client has logged in.
    boolean open();

    boolean awaitsClient();

    /// Gives away what is to be written; valid during the call.
    void drain(Consumer<ByteBuffer> taker);

    boolean wantsRoom();

    void onFlushed();

    void onWritable();

    void onDisconnected();

    void onTick();

    /// What publishers have to wait for has changed.
    void onRoom();

    void shutdown(String why);

    /// AMQP 0-9-1.
    record Amqp(AmqpConnection connection) implements Session {
        @Override
        public void read(ByteBuffer in) {
            connection.read(in);
        }

        @Override
        public int needed(ByteBuffer in) {
            return connection.needed(in);
        }

        @Override
        public boolean paused() {
            return connection.paused();
        }

        @Override
        public boolean awaitsRoom() {
            return connection.awaitsRoom();
        }

        @Override
        public boolean open() {
            return connection.open();
        }

        @Override
        public boolean awaitsClient() {
            return connection.awaitsClient();
        }

        @Override
        public void drain(Consumer<ByteBuffer> taker) {
            connection.drain(taker);
        }

        @Override
        public boolean wantsRoom() {
            return connection.wantsRoom();
        }

        @Override
        public void onFlushed() {
            connection.onFlushed();
        }

        @Override
        public void onWritable() {
            connection.onWritable();
        }

        @Override
        public void onDisconnected() {
            connection.onDisconnected();
        }

        @Override
        public void onTick() {
            connection.onTick();
        }

        @Override
        public void onRoom() {
            connection.onAlarm();
        }

        @Override
        public void shutdown(String why) {
            connection.shutdown(why);
        }
    }

    /// MQTT.
    record Mqtt(MqttConnection connection) implements Session {
        /// Its last words, DISCONNECT too, may be among what is not read yet, and nobody answers
        /// them: they are waited for, as long as its keep-alive lasts.
        @Override
        public boolean awaitsRoom() {
            return false;
        }

        @Override
        public void read(ByteBuffer in) {
            connection.read(in);
        }

        @Override
        public int needed(ByteBuffer in) {
            return MqttConnection.needed(in);
        }

        @Override
        public boolean paused() {
            return connection.paused();
        }

        @Override
        public boolean open() {
            return connection.open();
        }

        @Override
        public boolean awaitsClient() {
            return connection.awaitsClient();
        }

        @Override
        public void drain(Consumer<ByteBuffer> taker) {
            connection.drain(taker);
        }

        @Override
        public boolean wantsRoom() {
            return connection.wantsRoom();
        }

        @Override
        public void onFlushed() {
            connection.onFlushed();
        }

        @Override
        public void onWritable() {
            connection.onWritable();
        }

        @Override
        public void onDisconnected() {
            connection.onDisconnected();
        }

        @Override
        public void onTick() {
            connection.onTick();
        }

        @Override
        public void onRoom() {
            connection.onRoom();
        }

        @Override
        public void shutdown(String why) {
            connection.shutdown(why);
        }
    }
}
