package dev.parley.sim;

import dev.parley.core.log.Disk;
import dev.parley.core.log.Engine;
import dev.parley.core.log.Log;
import dev.parley.core.queue.Message;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.shard.Command;
import dev.parley.front.amqp.Broker;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// A mistake that can be planted into a run, to prove that the ledger finds it. The product knows
/// nothing of it: its ports are wrapped.
enum Bug {
    NONE,

    /// One sync of the log in four does nothing.
    SKIPPED_SYNC {
        @Override
        Plant plant() {
            return new SkippedSync();
        }
    },

    /// Replay passes over acknowledgements.
    FORGOTTEN_ACK {
        @Override
        Plant plant() {
            return new Unread(REMOVE);
        }
    },

    /// What is requeued comes back late, behind messages that should follow it.
    REORDERED_REQUEUE {
        @Override
        Plant plant() {
            return new ReorderedRequeue();
        }
    },

    /// Replay takes a record that an earlier epoch left in a recycled segment.
    STALE_RECORD {
        @Override
        Plant plant() {
            return new StaleRecord();
        }
    },

    /// What is on its way to the disk counts as durable.
    EARLY_CONFIRM {
        @Override
        Plant plant() {
            return new EarlyConfirm();
        }
    },

    /// Every third message that its publisher can be recognised by comes without that.
    FORGOTTEN_NUMBER {
        @Override
        Plant plant() {
            return new ChangedPublish(3, false);
        }
    },

    /// What is scheduled comes a little early.
    HASTY_SCHEDULE {
        @Override
        Plant plant() {
            return new ChangedPublish(1, true);
        }
    },

    /// A consumer that follows its channel's prefetch is not told of a change.
    FORGOTTEN_PREFETCH {
        @Override
        Plant plant() {
            return new Unadjusted();
        }
    },

    /// Replay passes over the records that stop a queue's deliveries.
    FORGOTTEN_PAUSE {
        @Override
        Plant plant() {
            return new Unread(PAUSE);
        }
    },

    /// Output that a socket took as it is serves others before it is written.
    HASTY_RETURN {
        @Override
        Plant plant() {
            return new HastyReturn();
        }
    };

    /// Types of the queue machine's records, as in its table.
    private static final int ENQUEUE = 34;

    private static final int REMOVE = 35;
    private static final int PAUSE = 44;

    /// The ports of one run, wrapped.
    Plant plant() {
        return new Plant();
    }

    /// Wraps nothing.
    static class Plant {
        Disk disk(Disk real) {
            return real;
        }

        Engine engine(Engine real) {
            return real;
        }

        Broker broker(Broker real) {
            return real;
        }

        /// What says that output is written which a socket has taken as it is.
        Runnable loan(Runnable done) {
            return done;
        }
    }

    private static final class HastyReturn extends Plant {
        @Override
        Runnable loan(Runnable done) {
            done.run();
            return () -> {};
        }
    }

    private static final class SkippedSync extends Plant {
        private int syncs;

        @Override
        Disk disk(Disk real) {
            return new Wrapped.OfDisk(real) {
                @Override
                public File open(String name, boolean create) {
                    return new Wrapped.OfFile(super.open(name, create)) {
                        @Override
                        public void sync() {
                            if (!name.startsWith("log-") || ++syncs % 4 != 0) {
                                super.sync();
                            }
                        }
                    };
                }
            };
        }
    }

    /// One in so many publishes that ask for more than AMQP is another one.
    private static final class ChangedPublish extends Plant {
        private static final int EARLY = 20;

        private final int every;
        private final boolean hurries;
        private int publishes;

        /// @param hurries whether it is due earlier, or else nothing makes it recognisable
        ChangedPublish(int every, boolean hurries) {
            this.every = every;
            this.hurries = hurries;
        }

        @Override
        Broker broker(Broker real) {
            return new Wrapped.OfBroker(real) {
                @Override
                public void offer(int shard, Command command) {
                    if (command instanceof QueueCommand.Publish publish && concerns(publish)) {
                        super.offer(shard, changed(publish));
                    } else {
                        super.offer(shard, command);
                    }
                }
            };
        }

        private boolean concerns(QueueCommand.Publish publish) {
            Message message = publish.message();
            boolean asks = hurries ? message.dueMillis() > 0 : message.once() != null;
            return asks && ++publishes % every == 0;
        }

        private QueueCommand.Publish changed(QueueCommand.Publish publish) {
            Message message = publish.message();
            Message other =
                    new Message(
                            message.exchange(),
                            message.routingKey(),
                            message.persistent(),
                            message.priority(),
                            message.ttlMillis(),
                            hurries ? message.dueMillis() - EARLY : message.dueMillis(),
                            hurries ? message.once() : null,
                            message.properties(),
                            message.body());
            return new QueueCommand.Publish(
                    publish.client(), publish.token(), publish.queues(), other);
        }
    }

    private static final class Unadjusted extends Plant {
        @Override
        Broker broker(Broker real) {
            return new Wrapped.OfBroker(real) {
                @Override
                public void offer(int shard, Command command) {
                    if (!(command instanceof QueueCommand.Adjust)) {
                        super.offer(shard, command);
                    }
                }
            };
        }
    }

    /// Replay passes over one type of record.
    private static final class Unread extends Plant {
        private final int unread;

        Unread(int unread) {
            this.unread = unread;
        }

        @Override
        Engine engine(Engine real) {
            return new Wrapped.OfEngine(real) {
                @Override
                public Log open(int shard, int lane, Log.Owner owner) {
                    return super.open(
                            shard,
                            lane,
                            new Wrapped.OfOwner(owner) {
                                @Override
                                public void replay(int type, long position, ByteBuffer payload) {
                                    if (type != unread) {
                                        super.replay(type, position, payload);
                                    }
                                }
                            });
                }
            };
        }
    }

    private static final class ReorderedRequeue extends Plant {
        private static final int LATE = 12;

        @Override
        Broker broker(Broker real) {
            return new Wrapped.OfBroker(real) {
                private final ArrayDeque<Runnable> late = new ArrayDeque<>();
                private int offers;

                @Override
                public void offer(int shard, Command command) {
                    if (command instanceof QueueCommand.Settle settle
                            && settle.outcome() == QueueCommand.Outcome.RETURNED) {
                        Command kept = command.detached();
                        late.add(() -> super.offer(shard, kept));
                        return;
                    }
                    super.offer(shard, command);
                    if (++offers % LATE == 0 && !late.isEmpty()) {
                        late.remove().run();
                    }
                }
            };
        }
    }

    private static final class StaleRecord extends Plant {
        private record Kept(int shard, long position, ByteBuffer payload) {}

        private List<Kept> earlier = new ArrayList<>();

        @Override
        Engine engine(Engine real) {
            List<Kept> stale = earlier;
            earlier = new ArrayList<>();
            return new Wrapped.OfEngine(real) {
                @Override
                public Log open(int shard, int lane, Log.Owner owner) {
                    Set<Long> fresh = new HashSet<>();
                    Log log =
                            super.open(
                                    shard,
                                    lane,
                                    new Wrapped.OfOwner(owner) {
                                        @Override
                                        public void replay(int type, long at, ByteBuffer payload) {
                                            if (type == ENQUEUE) {
                                                ByteBuffer copy =
                                                        ByteBuffer.allocate(payload.remaining());
                                                copy.put(payload.duplicate()).flip();
                                                earlier.add(new Kept(shard, at, copy));
                                                fresh.add(at);
                                            }
                                            super.replay(type, at, payload);
                                        }
                                    });
                    stale.stream()
                            .filter(one -> one.shard() == shard && !fresh.contains(one.position()))
                            .findFirst()
                            .ifPresent(one ->
                                    owner.replay(
                                            ENQUEUE, one.position(), one.payload().duplicate()));
                    return log;
                }
            };
        }
    }

    private static final class EarlyConfirm extends Plant {
        @Override
        Engine engine(Engine real) {
            return new Wrapped.OfEngine(real) {
                @Override
                public Log open(int shard, int lane, Log.Owner owner) {
                    return new Wrapped.OfLog(super.open(shard, lane, owner)) {
                        @Override
                        public long durable() {
                            return head();
                        }
                    };
                }
            };
        }
    }
}
