package dev.parley.sim;

import dev.parley.core.log.LogConfig;
import dev.parley.front.amqp.AmqpConfig;
import java.util.List;

/// What kind of run a seed makes: sizes, faults, and how much of everything.
///
/// @param lives how often the node starts
/// @param steps steps of one life
/// @param travels whether routing is looked at
/// @param damages whether bits flip
/// @param capacity bytes of the disk, 0 for a large one
record Profile(
        LogConfig log,
        AmqpConfig amqp,
        List<QueuePlan> queues,
        int clients,
        int lives,
        int steps,
        int bodyMax,
        boolean powerFails,
        boolean ioFails,
        boolean damages,
        boolean clockJumps,
        boolean deep,
        boolean travels,
        long capacity) {
    private static final int SEGMENT = 32 << 10;

    /// Bodies of which one fills more than a socket takes as it is, and segments with room for it.
    private static final int LARGE_BODY = 100_000;

    private static final int LARGE_SEGMENT = 256 << 10;

    static Profile of(Dice dice) {
        boolean large = dice.oneIn(10);
        int segment = (large ? LARGE_SEGMENT : SEGMENT) << dice.below(2);
        LogConfig log =
                new LogConfig(
                        dice.between(1, 4),
                        segment,
                        4096 << dice.below(3),
                        (16L << 10) << dice.below(4),
                        (long) segment * dice.between(2, 5),
                        4L * segment,
                        1 << 20);
        boolean full = dice.oneIn(6);
        boolean deep = dice.oneIn(12);
        AmqpConfig amqp =
                new AmqpConfig(
                        "RabbitMQ", // under another name consumers would follow every prefetch
                        "sim",
                        8192,
                        64,
                        0,
                        10_000,
                        4_096,
                        large ? LARGE_BODY : 12 << 10,
                        4096 << dice.below(4));
        return new Profile(
                log,
                amqp,
                QueuePlan.some(dice),
                dice.between(1, 5),
                dice.between(1, 4),
                deep ? 1500 : dice.between(100, 900),
                large ? LARGE_BODY : dice.pick(List.of(20, 100, 100, 600, 3000)),
                !dice.oneIn(4),
                dice.oneIn(3),
                dice.oneIn(8),
                dice.oneIn(5),
                deep,
                dice.oneIn(4),
                full ? (long) segment * dice.between(9, 14) : 0);
    }
}
