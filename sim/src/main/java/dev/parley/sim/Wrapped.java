package dev.parley.sim;

import dev.parley.core.catalog.Catalog;
import dev.parley.core.catalog.User;
import dev.parley.core.log.Disk;
import dev.parley.core.log.Engine;
import dev.parley.core.log.Log;
import dev.parley.core.log.LogFailure;
import dev.parley.core.log.VolatileStore;
import dev.parley.core.shard.Command;
import dev.parley.front.amqp.Alarms;
import dev.parley.front.amqp.AmqpConfig;
import dev.parley.front.amqp.AmqpMetrics;
import dev.parley.front.amqp.Attendance;
import dev.parley.front.amqp.Broker;
import dev.parley.front.amqp.Connections;
import dev.parley.front.amqp.Firehose;
import dev.parley.front.amqp.LocalMetrics;
import dev.parley.front.amqp.ReplyAddresses;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Ports that pass everything on, for a [Bug] to change one thing.
public final class Wrapped {
    private Wrapped() {}

    public static class OfDisk implements Disk {
        private final Disk real;

        public OfDisk(Disk real) {
            this.real = real;
        }

        @Override
        public File open(String name, boolean create) {
            return real.open(name, create);
        }

        @Override
        public List<String> list() {
            return real.list();
        }

        @Override
        public boolean exists(String name) {
            return real.exists(name);
        }

        @Override
        public void delete(String name) {
            real.delete(name);
        }

        @Override
        public void rename(String from, String to) {
            real.rename(from, to);
        }

        @Override
        public void syncDirectory() {
            real.syncDirectory();
        }

        @Override
        public long usableBytes() {
            return real.usableBytes();
        }
    }

    public static class OfFile implements Disk.File {
        private final Disk.File real;

        public OfFile(Disk.File real) {
            this.real = real;
        }

        @Override
        public void write(ByteBuffer source, long at) {
            real.write(source, at);
        }

        @Override
        public int read(ByteBuffer target, long at) {
            return real.read(target, at);
        }

        @Override
        public void sync() {
            real.sync();
        }

        @Override
        public long size() {
            return real.size();
        }

        @Override
        public void truncate(long size) {
            real.truncate(size);
        }

        @Override
        public void close() {
            real.close();
        }
    }

    public static class OfEngine implements Engine {
        private final Engine real;

        public OfEngine(Engine real) {
            this.real = real;
        }

        @Override
        public int shards() {
            return real.shards();
        }

        @Override
        public Log open(int shard, int lane, Log.Owner owner) {
            return real.open(shard, lane, owner);
        }

        @Override
        public VolatileStore volatileStore(int shard, int lane, Log.Owner owner) {
            return real.volatileStore(shard, lane, owner);
        }

        @Override
        public long segment(long position) {
            return real.segment(position);
        }

        @Override
        public void flush(int lane) {
            real.flush(lane);
        }

        @Override
        public int poll(int lane) {
            return real.poll(lane);
        }
    }

    public static class OfLog implements Log {
        private final Log real;

        public OfLog(Log real) {
            this.real = real;
        }

        @Override
        public long epoch() {
            return real.epoch();
        }

        @Override
        public ByteBuffer append(int type, int size) {
            return real.append(type, size);
        }

        @Override
        public long position() {
            return real.position();
        }

        @Override
        public void hurry() {
            real.hurry();
        }

        @Override
        public void seal() {
            real.seal();
        }

        @Override
        public long head() {
            return real.head();
        }

        @Override
        public long durable() {
            return real.durable();
        }

        @Override
        public long undurableBytes() {
            return real.undurableBytes();
        }

        @Override
        public boolean roomy() {
            return real.roomy();
        }

        @Override
        public @Nullable ByteBuffer cached(long position) {
            return real.cached(position);
        }

        @Override
        public @Nullable ByteBuffer glance(long position) {
            return real.glance(position);
        }

        @Override
        public @Nullable ByteBuffer readBack(long position) {
            return real.readBack(position);
        }

        @Override
        public void read(long position, int size) {
            real.read(position, size);
        }

        @Override
        public boolean snapshotDue() {
            return real.snapshotDue();
        }

        @Override
        public void snapshot(ByteBuffer state, List<LiveSegment> live) {
            real.snapshot(state, live);
        }
    }

    public static class OfOwner implements Log.Owner {
        private final Log.Owner real;

        public OfOwner(Log.Owner real) {
            this.real = real;
        }

        @Override
        public void restore(ByteBuffer state) {
            real.restore(state);
        }

        @Override
        public void replay(int type, long position, ByteBuffer payload) {
            real.replay(type, position, payload);
        }

        @Override
        public void onDurable(long position) {
            real.onDurable(position);
        }

        @Override
        public void onRead(long position, Log.@Nullable Block block) {
            real.onRead(position, block);
        }

        @Override
        public void onSnapshot() {
            real.onSnapshot();
        }

        @Override
        public void onSparse(long segment) {
            real.onSparse(segment);
        }

        @Override
        public void onRoom(boolean roomy) {
            real.onRoom(roomy);
        }

        @Override
        public void onFailure(LogFailure failure) {
            real.onFailure(failure);
        }
    }

    static class OfBroker implements Broker {
        private final Broker real;

        OfBroker(Broker real) {
            this.real = real;
        }

        @Override
        public Catalog catalog() {
            return real.catalog();
        }

        @Override
        public void offer(int shard, Command command) {
            real.offer(shard, command);
        }

        @Override
        public void authenticate(
                InetSocketAddress peer,
                String user,
                String password,
                Consumer<@Nullable User> answer) {
            real.authenticate(peer, user, password, answer);
        }

        @Override
        public @Nullable User certified(InetSocketAddress peer, @Nullable String name) {
            return real.certified(peer, name);
        }

        @Override
        public Attendance attendance() {
            return real.attendance();
        }

        @Override
        public Connections connections() {
            return real.connections();
        }

        @Override
        public Alarms alarms() {
            return real.alarms();
        }

        @Override
        public Firehose firehose() {
            return real.firehose();
        }

        @Override
        public long nextId() {
            return real.nextId();
        }

        @Override
        public String randomName() {
            return real.randomName();
        }

        @Override
        public ReplyAddresses replies() {
            return real.replies();
        }

        @Override
        public boolean roomy() {
            return real.roomy();
        }

        @Override
        public boolean behind() {
            return real.behind();
        }

        @Override
        public long tickMillis() {
            return real.tickMillis();
        }

        @Override
        public void whenCaughtUp(Runnable task) {
            real.whenCaughtUp(task);
        }

        @Override
        public long wallMillis() {
            return real.wallMillis();
        }

        @Override
        public AmqpConfig config() {
            return real.config();
        }

        @Override
        public LocalMetrics localMetrics() {
            return real.localMetrics();
        }

        @Override
        public AmqpMetrics metrics() {
            return real.metrics();
        }
    }
}
