package dev.parley.core.shard;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/// Changes bytes at random, the same way for the same seed, as damage and malice might: bits,
/// bytes, lengths at their limits, stretches moved, ends cut off.
public final class Mutator {
    private static final long[] NUMBERS = {
        0,
        1,
        -1,
        2,
        7,
        8,
        127,
        128,
        255,
        256,
        511,
        512,
        4095,
        4096,
        0x7FFF,
        0x8000,
        0xFFFF,
        0x1000_0000,
        0x7FFF_FFFF,
        0x8000_0000L,
        0xFFFF_FFFFL,
        1L << 40,
        1L << 56,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };

    private final Random random;

    public Mutator(long seed) {
        random = new Random(seed);
    }

    public Random random() {
        return random;
    }

    /// A changed copy; of the same length unless `cut` is allowed.
    public byte[] mutate(byte[] original, boolean cut) {
        byte[] bytes = original.clone();
        for (int n = 1 + random.nextInt(4); n > 0 && bytes.length > 8; n--) {
            bytes = change(bytes, cut);
        }
        return bytes;
    }

    private byte[] change(byte[] bytes, boolean cut) {
        int at = random.nextInt(bytes.length - 8);
        ByteBuffer out = ByteBuffer.wrap(bytes);
        switch (random.nextInt(cut ? 7 : 6)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[at] = (byte) random.nextInt();
            case 2 -> out.putShort(at, (short) number());
            case 3 -> out.putInt(at, (int) number());
            case 4 -> out.putLong(at, number());
            case 5 -> {
                int from = random.nextInt(bytes.length - 8);
                int length = random.nextInt(bytes.length - Math.max(at, from));
                System.arraycopy(bytes, from, bytes, at, length);
            }
            default -> {
                return Arrays.copyOf(bytes, at + random.nextInt(8));
            }
        }
        return bytes;
    }

    private long number() {
        long number = NUMBERS[random.nextInt(NUMBERS.length)];
        return random.nextInt(4) == 0 ? number + random.nextInt(16) - 8 : number;
    }
}
