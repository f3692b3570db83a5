package dev.parley.core.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/// Bytes of a format as they were when it was defined, kept as text under `golden/`.
///
/// A line is an offset and up to 32 bytes in hexadecimal; what no line names is zero; the last line
/// is the length. With the system property `parley.golden` naming that directory in the sources,
/// files that are missing are written; existing ones never are: a format that has been released
/// does not change.
public final class Golden {
    private static final int LINE = 32;

    private Golden() {}

    /// Compares bytes with the golden ones of that name.
    public static void check(String name, byte[] bytes) {
        String directory = System.getProperty("parley.golden");
        if (directory != null && !Files.exists(Path.of(directory, name))) {
            write(Path.of(directory, name), bytes);
            return;
        }
        assertThat(format(bytes)).as(name).isEqualTo(format(read(name)));
    }

    public static byte[] read(String name) {
        String text;
        String directory = System.getProperty("parley.golden");
        try (InputStream in =
                directory == null
                        ? Golden.class.getResourceAsStream("/golden/" + name)
                        : Files.newInputStream(Path.of(directory, name))) {
            assertThat(in).as("golden file %s", name).isNotNull();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            if (in != null) {
                in.transferTo(out);
            }
            text = out.toString(StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String[] lines = text.split("\n");
        byte[] bytes = new byte[Integer.parseInt(lines[lines.length - 1].substring(8))];
        for (int i = 0; i < lines.length - 1; i++) {
            byte[] line = HexFormat.of().parseHex(lines[i], 10, lines[i].length());
            int at = Integer.parseInt(lines[i].substring(0, 8), 16);
            System.arraycopy(line, 0, bytes, at, line.length);
        }
        return bytes;
    }

    private static void write(Path file, byte[] bytes) {
        try {
            Path parent = file.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Files.writeString(file, format(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String format(byte[] bytes) {
        StringBuilder out = new StringBuilder();
        for (int at = 0; at < bytes.length; at += LINE) {
            byte[] line = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + LINE));
            if (!Arrays.equals(line, new byte[line.length])) {
                out.append("%08x: %s\n".formatted(at, HexFormat.of().formatHex(line)));
            }
        }
        return out.append("length: ").append(bytes.length).append('\n').toString();
    }
}
